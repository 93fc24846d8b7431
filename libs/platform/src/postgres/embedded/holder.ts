import { linkSync, mkdirSync, readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startTimeOf } from './processes.js';
import { StartProblem, startProblemOf } from './start-problem.js';

/** A data folder held by this process. */
export interface Claim {
  /** Lets the next start have it. */
  release(): void;
}

interface Holder {
  readonly pid: number;
  readonly started: string;
}

/**
 * Makes this process the one holder of a data folder (`holder.pid`: process id and start time). Refuses with {@link StartProblem} `in_use`
 * while the holder lives, naming it. A holder that was killed, or whose id now belongs to another process, is followed.
 */
export function claimFolder(folder: string): Claim {
  const file = join(folder, 'holder.pid');
  const own = `${process.pid}\n${startTimeOf(process.pid) ?? ''}\n`;
  const draft = `${file}.${process.pid}.new`;
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(draft, own);
    for (let attempt = 0; !placed(draft, file); attempt += 1) {
      const text = read(file);
      const holder = parse(text);
      if (holder && startTimeOf(holder.pid) === holder.started) throw inUse(folder, holder.pid);
      if (attempt === 10) throw new StartProblem('in_use', `${folder} is being taken by several processes at once: start one of them again`);
      if (text !== undefined) putAside(file, text);
    }
  } catch (error) {
    throw startProblemOf(error, folder);
  } finally {
    remove(draft);
  }
  return { release: () => { if (read(file) === own) remove(file); } };
}

/** Links the complete draft: fails, unlike a rename, when the file is there. */
function placed(draft: string, file: string): boolean {
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Removes a dead holder's file, unless it has become another's between reading and now: then that one gets it back. */
function putAside(file: string, dead: string): void {
  const aside = `${file}.${process.pid}.old`;
  try {
    renameSync(file, aside);
    if (read(aside) !== dead) placed(aside, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  } finally {
    remove(aside);
  }
}

function parse(text: string | undefined): Holder | undefined {
  const [pid, started] = (text ?? '').split('\n');
  return Number(pid) > 0 && started ? { pid: Number(pid), started } : undefined;
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function remove(file: string): void {
  try {
    unlinkSync(file);
  } catch {
    // gone already
  }
}

const inUse = (folder: string, pid: number): StartProblem =>
  new StartProblem('in_use', `NexoraMail is running already on ${folder}, as process ${pid}: stop that one, or set NEXORA_DATA_DIR and NEXORA_PORT_OFFSET`);
