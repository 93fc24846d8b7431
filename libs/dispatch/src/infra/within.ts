import { systemTimers, type Timers } from '@nexoramail/platform';

/** The promise's own end, or after `ms` what `late` gives or throws; the promise then goes on unheard. */
export async function within<T>(promise: Promise<T>, ms: number, late: () => T, timers: Timers = systemTimers): Promise<T> {
  const { promise: up, resolve, reject } = Promise.withResolvers<T>();
  const cancel = timers.after(ms, () => {
    try {
      resolve(late());
    } catch (error) {
      reject(error instanceof Error ? error : new Error(String(error)));
    }
  });
  promise.catch(() => undefined); // may fail after we stopped listening
  try {
    return await Promise.race([promise, up]);
  } finally {
    cancel();
  }
}
