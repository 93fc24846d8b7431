import { createHmac } from 'node:crypto';
import { generateApiKey, parseApiKey, parsePublicId, type Random } from '@nexoramail/kernel';
import type { AuthAttempt } from './auth-back-off.js';
import { sourceOf } from './source-connections.js';

/** Names what an AUTH presents, for the back-off, without keeping it: a hash key of this process lies between. */
export class AuthSubjects {
  private readonly key: Uint8Array;

  constructor(random: Random) {
    this.key = random.bytes(32);
  }

  /** Counted by the key id given as user name and by the recognisable start of the key. */
  attempt(username: string, password: string, remoteAddress: string): AuthAttempt {
    const subjects: string[] = [];
    if (parsePublicId('key', username)) subjects.push(`id ${username}`);
    const parsed = parseApiKey(password);
    if (parsed) subjects.push(`prefix ${parsed.prefix}`);
    return { source: sourceOf(remoteAddress), subjects, credential: this.hash(password).toString('hex') };
  }

  /** The key itself; for what is spelt like none, a key that nobody has, always the same one: looking it up takes the same path and time. */
  wellSpelt(password: string): string {
    const decoy = generateApiKey('live', { bytes: (n) => this.hash(password).subarray(0, n), fraction: () => 0 });
    return parseApiKey(password) ? password : decoy.secret;
  }

  private hash(text: string): Buffer {
    return createHmac('sha256', this.key).update(text).digest();
  }
}
