import { hkdfSync } from 'node:crypto';
import { AppError, type Monotonic, type Random } from '@nexoramail/kernel';
import { MAX_SEALED_FRAME, open, seal } from '@nexoramail/platform';
import type { EpochKeys } from '../application/keys/epoch-keys.js';
import type { ContentSealer, SealedContent } from '../application/ports/accept-ports.js';
import type { EpochVault } from '../application/ports/key-ports.js';
import type { NewMessage } from '../domain/submission.js';
import type { AccountKeys } from './account-keys.js';

const KEY_BYTES = 32;
const LIFE_MS = 15 * 60_000;
const MAX_CACHED = 2_000;

/** What stands in the additional data: a frame opens only at its own place (security.md S70). */
function aad(accountId: string, messageId: string, field: string, frame: number, last: boolean): Buffer {
  return Buffer.from(`${accountId}|${messageId}|${field}|${frame}|${last ? 'last' : 'more'}`);
}

/**
 * Seals and opens content: AES-256-GCM in frames of at most 1 MiB under a data key per message, which is sealed under a key derived from the
 * account key and the epoch key together: without either of them the content is gone.
 */
export class ContentCipher implements ContentSealer {
  private readonly wrapping = new Map<string, { readonly key: Uint8Array; readonly until: number }>();

  constructor(
    private readonly accounts: AccountKeys,
    private readonly epochs: EpochKeys,
    private readonly vault: EpochVault,
    private readonly random: Random,
    private readonly monotonic: Monotonic,
  ) {}

  async seal(message: NewMessage, scheduledAt: Date | undefined): Promise<SealedContent> {
    const { accountId, id } = message;
    const epoch = await this.epochs.forAcceptance({ sensitive: message.sensitive, scheduledAt, messageId: id });
    const wrappingKey = this.wrappingKey(accountId, await this.accounts.get(accountId), epoch.id, epoch.key);
    const dataKey = this.random.bytes(KEY_BYTES);
    const { bytes } = message.content;
    const count = Math.max(1, Math.ceil(bytes.byteLength / MAX_SEALED_FRAME));
    const frames = Array.from({ length: count }, (_, frame) =>
      seal(dataKey, bytes.subarray(frame * MAX_SEALED_FRAME, (frame + 1) * MAX_SEALED_FRAME), aad(accountId, id, 'content', frame, frame === count - 1), this.random));
    return {
      frames,
      subject: seal(dataKey, Buffer.from(message.subject), aad(accountId, id, 'subject', 0, true), this.random),
      wrapped: seal(wrappingKey, dataKey, aad(accountId, id, 'key', 0, true), this.random),
      epochId: epoch.id,
    };
  }

  /** The data key of a message. Throws `content_purged` when the epoch key is gone. */
  async dataKey(accountId: string, messageId: string, epochId: string, wrapped: Uint8Array): Promise<Uint8Array> {
    const accountKey = await this.accounts.get(accountId);
    const cached = this.cached(accountId, epochId);
    if (cached) return open(cached, wrapped, aad(accountId, messageId, 'key', 0, true));
    const epochKey = await this.vault.read(epochId);
    if (!epochKey) throw new AppError('content_purged', 'The content has been purged.');
    return open(this.wrappingKey(accountId, accountKey, epochId, epochKey), wrapped, aad(accountId, messageId, 'key', 0, true));
  }

  /** The content of a message, its frames in order. Throws when one is missing, moved or changed. */
  openContent(accountId: string, messageId: string, dataKey: Uint8Array, frames: readonly Uint8Array[]): Uint8Array {
    const parts = frames.map((frame, index) => open(dataKey, frame, aad(accountId, messageId, 'content', index, index === frames.length - 1)));
    return parts.length === 1 ? (parts[0] ?? new Uint8Array()) : Buffer.concat(parts);
  }

  openSubject(accountId: string, messageId: string, dataKey: Uint8Array, sealed: Uint8Array): string {
    return Buffer.from(open(dataKey, sealed, aad(accountId, messageId, 'subject', 0, true))).toString('utf8');
  }

  /** Forgets keys of an epoch that is being destroyed. */
  forget(epochId: string): void {
    for (const name of this.wrapping.keys()) if (name.endsWith(`|${epochId}`)) this.wrapping.delete(name);
  }

  private cached(accountId: string, epochId: string): Uint8Array | undefined {
    const entry = this.wrapping.get(`${accountId}|${epochId}`);
    return entry && entry.until > this.monotonic.now() ? entry.key : undefined;
  }

  private wrappingKey(accountId: string, accountKey: Uint8Array, epochId: string, epochKey: Uint8Array): Uint8Array {
    const cached = this.cached(accountId, epochId);
    if (cached) return cached;
    const key = new Uint8Array(hkdfSync('sha256', Buffer.concat([accountKey, epochKey]), Buffer.from('nexora content'), Buffer.from(`${accountId}|${epochId}`), KEY_BYTES));
    this.wrapping.set(`${accountId}|${epochId}`, { key, until: this.monotonic.now() + LIFE_MS });
    if (this.wrapping.size > MAX_CACHED) for (const oldest of this.wrapping.keys()) { this.wrapping.delete(oldest); break; }
    return key;
  }
}
