import type { SessionTokens } from '../domain/session-token.js';
import type { SessionStore } from './ports/session-store.js';

/** Ends a session at once, on all replicas. Idempotent; what is no token ends nothing. */
export class SignOutHandler {
  constructor(private readonly sessions: SessionStore, private readonly tokens: SessionTokens) {}

  async execute(token: string): Promise<void> {
    const hash = this.tokens.hash(token);
    if (hash) await this.sessions.end(hash);
  }
}
