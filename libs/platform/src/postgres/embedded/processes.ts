import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Is there a process of this id? EPERM means: yes, another user's. */
export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** When a process began, in a form that never repeats for a reused process id (boot and clock ticks since); undefined when it is gone, or a zombie. */
export function startTimeOf(pid: number): string | undefined {
  try {
    if (process.platform === 'linux') {
      // Fields after the program's name in brackets, which may itself hold spaces and brackets.
      const [state, ...fields] = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /s, '').split(' ');
      return state === 'Z' ? undefined : `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}/${fields[18]}`;
    }
    if (process.platform === 'win32') return isAlive(pid) ? 'unknown' : undefined;
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || undefined;
  } catch {
    return undefined;
  }
}
