import { types } from 'node:util';
import { KeyFolderError } from '../../keys/key-folder.js';

/** Why the embedded database cannot run here. */
export type StartReason = 'in_use' | 'port_taken' | 'folder_not_writable' | 'disk_full' | 'no_binaries' | 'wrong_version' | 'failed';

/** A fault of the machine or the set-up, not of the code: `message` is one line that says what is wrong and how to mend it. Print it, exit 1. */
export class StartProblem extends Error {
  override readonly name = 'StartProblem';

  constructor(readonly reason: StartReason, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
  }
}

/** A {@link StartProblem} for a failed file operation in `folder`, or for what a Postgres program wrote; other errors become `failed`. */
export function startProblemOf(error: unknown, folder: string): StartProblem {
  if (error instanceof StartProblem) return error;
  if (error instanceof KeyFolderError) return new StartProblem('failed', error.message, error);
  const text = textOf(error);
  const code = types.isNativeError(error) && 'code' in error ? String(error.code) : '';
  if (['ENOSPC', 'EDQUOT'].includes(code) || text.includes('No space left on device')) {
    return new StartProblem('disk_full', `The disk of ${folder} is full: free some space, or set NEXORA_DATA_DIR to another disk`, error);
  }
  if (['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST'].includes(code) || /Permission denied|Read-only file system/.test(text)) {
    return new StartProblem('folder_not_writable', `${folder} cannot be written: change its owner, or set NEXORA_DATA_DIR to another folder`, error);
  }
  if (text.includes('Address already in use')) return portTaken(/port (\d+)/.exec(text)?.[1] ?? 'of Postgres', error);
  return new StartProblem('failed', `PostgreSQL did not start: ${lastLine(text)}`, error);
}

/** Someone else listens there. */
export function portTaken(port: number | string, cause?: unknown): StartProblem {
  return new StartProblem('port_taken', `Port ${port} is taken by another program: set NEXORA_POSTGRES_PORT, or NEXORA_PORT_OFFSET to shift all ports`, cause);
}

function textOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return String(error);
  const { stderr, message } = error as { stderr?: unknown; message?: unknown };
  return [stderr, message].filter((part) => typeof part === 'string' && part !== '').join('\n');
}

const lastLine = (text: string): string => text.trim().split('\n').findLast((line) => /FATAL|PANIC|ERROR|error/.test(line)) ?? text.trim().split('\n').at(-1) ?? '';
