import { closeSync, existsSync, fsyncSync, linkSync, mkdirSync, openSync, readFileSync, statSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** Key files that cannot be used, in one clear line for the person who starts the process. Names files, never their content. */
export class KeyFolderError extends Error {
  override readonly name = 'KeyFolderError';
}

/** A folder of secret files: 0700, files 0600, written once and never overwritten. */
export class KeyFolder {
  constructor(readonly path: string) {}

  has(file: string): boolean {
    return existsSync(join(this.path, file));
  }

  /** The file's text. Refused when everyone on the machine may read or write it (group access stays possible for mounted secrets). */
  read(file: string): string {
    const path = join(this.path, file);
    try {
      if (process.platform !== 'win32' && (statSync(path).mode & 0o007) !== 0) throw new KeyFolderError(`${path} is open to every user of this machine: run chmod 600 on it`);
      return readFileSync(path, 'utf8');
    } catch (error) {
      throw error instanceof KeyFolderError ? error : new KeyFolderError(`${path} cannot be read (${codeOf(error)})`);
    }
  }

  /** Writes a new file and flushes file and folder; when another process made it meanwhile, that one stays. */
  create(file: string, text: string): void {
    const path = join(this.path, file);
    const draft = `${path}.${process.pid}.new`;
    try {
      mkdirSync(this.path, { recursive: true, mode: 0o700 });
      writeFlushed(draft, text);
      linkSync(draft, path); // unlike a rename, never replaces
    } catch (error) {
      if (!this.has(file)) throw new KeyFolderError(`${path} cannot be written (${codeOf(error)})`);
    } finally {
      if (existsSync(draft)) unlinkSync(draft);
    }
    flushFolder(this.path);
  }
}

function writeFlushed(path: string, text: string): void {
  const file = openSync(path, 'w', 0o600);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function flushFolder(path: string): void {
  if (process.platform === 'win32') return; // folders cannot be opened there
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'unknown error';
}
