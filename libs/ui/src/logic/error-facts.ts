/** What a person needs to know about a failure: what happened, and what to tell support. */
export interface ErrorFacts {
  readonly title: string;
  readonly detail: string;
  readonly code: string | null;
  readonly requestId: string | null;
}

/** Reads the facts from anything thrown: from an error of our SDK what it says, from anything else that something is wrong on our side. */
export function errorFacts(error: unknown): ErrorFacts {
  if (!(error instanceof Error)) return { title: 'Something went wrong', detail: 'The page could not be shown.', code: null, requestId: null };
  const { code, requestId, title } = error as Partial<Record<'code' | 'requestId' | 'title', unknown>>;
  const known = typeof code === 'string';
  return {
    title: typeof title === 'string' ? title : code === 'connection_failed' || code === 'timeout' ? 'NexoraMail cannot be reached' : known ? 'This could not be loaded' : 'Something went wrong',
    detail: known ? error.message : 'The page met an error of its own. Reload it; if it comes back, tell support what you did.',
    code: known ? code : null,
    requestId: typeof requestId === 'string' ? requestId : null,
  };
}
