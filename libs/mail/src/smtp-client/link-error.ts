import type { LinkFault } from './outcome.js';

/** The link to the peer is of no more use. */
export class LinkError extends Error {
  override readonly name = 'LinkError';

  constructor(readonly fault: LinkFault, detail: string) {
    super(detail);
  }
}

const FAULTS: Readonly<Record<string, LinkFault>> = {
  ECONNREFUSED: 'connection_refused', ETIMEDOUT: 'timeout', ENETUNREACH: 'unreachable', EHOSTUNREACH: 'unreachable', EADDRNOTAVAIL: 'unreachable', EACCES: 'unreachable',
};

/** The link error that a socket's error stands for. */
export function linkErrorOf(error: Error, during: 'connect' | 'tls' | 'session'): LinkError {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const detail = `${code === '' ? '' : `${code}: `}${error.message}`.slice(0, 300);
  if (during === 'tls') return new LinkError('tls_failed', detail);
  return new LinkError(FAULTS[code] ?? 'connection_lost', detail);
}
