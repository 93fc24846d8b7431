import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readdir, readFile, rm, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { EpochVault } from '../application/ports/key-ports.js';

const SUFFIX = '.key';
const ID = /^[a-z][a-z0-9-]{1,60}$/;

/** Epoch keys as flushed files of a folder (0700, files 0600): replicate it, never back it up. */
export class EpochFolder implements EpochVault {
  constructor(private readonly path: string) {}

  async create(id: string, key: Uint8Array): Promise<Uint8Array> {
    const existing = await this.read(id);
    if (existing) return existing;
    const draft = join(this.path, `.${randomBytes(8).toString('hex')}.new`);
    await mkdir(this.path, { recursive: true, mode: 0o700 });
    try {
      const file = await open(draft, 'wx', 0o600);
      try {
        await file.writeFile(key);
        await file.sync();
      } finally {
        await file.close();
      }
      await link(draft, this.file(id)); // unlike a rename, never replaces
      await this.sync();
      return key;
    } catch (error) {
      const other = codeOf(error) === 'EEXIST' ? await this.read(id) : undefined;
      if (!other) throw error;
      await this.sync(); // the other process may not have flushed the folder yet
      return other;
    } finally {
      await rm(draft, { force: true });
    }
  }

  async read(id: string): Promise<Uint8Array | undefined> {
    try {
      return await readFile(this.file(id));
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return undefined;
      throw error;
    }
  }

  async destroy(id: string): Promise<void> {
    try {
      const file = await open(this.file(id), 'r+');
      try {
        await file.writeFile(randomBytes(32));
        await file.sync();
      } finally {
        await file.close();
      }
      await unlink(this.file(id));
      await this.sync();
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error;
    }
  }

  async list(): Promise<string[]> {
    try {
      return (await readdir(this.path)).filter((name) => name.endsWith(SUFFIX)).map((name) => name.slice(0, -SUFFIX.length));
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return [];
      throw error;
    }
  }

  private file(id: string): string {
    if (!ID.test(id)) throw new Error('An epoch id is made of letters, digits and hyphens');
    return join(this.path, id + SUFFIX);
  }

  /** The folder's own entry table: without this a power cut may lose the name. */
  private async sync(): Promise<void> {
    if (process.platform === 'win32') return; // folders cannot be opened there
    const folder = await open(this.path, 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  }
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}
