/** Repeats an assertion, a turn of the event loop apart, until it holds; after `timeoutMs` its last error is the test's. For what real sockets and databases do in their own time. */
export async function eventually<T>(assertion: () => T | Promise<T>, timeoutMs = 10_000): Promise<T> {
  for (const end = performance.now() + timeoutMs; ;) {
    try {
      return await assertion();
    } catch (error) {
      if (performance.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }
}
