import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { executable, type ServerOwner } from './server-home.js';

const run = promisify(execFile);

/** PostgreSQL's programs as the server's owner, with an environment that no setting of ours or the user's leaks into. */
export class Programs {
  constructor(private readonly binaries: string, private readonly owner: ServerOwner) {}

  path(program: string): string {
    return join(this.binaries, 'bin', executable(program));
  }

  get options(): { cwd: string; env: NodeJS.ProcessEnv; uid?: number; gid?: number } {
    return { ...this.owner, cwd: '/', env: { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC' } };
  }

  /** Runs one to its end and gives its output; what it wrote to stderr is in the error. */
  async run(program: string, ...args: string[]): Promise<string> {
    return (await run(this.path(program), args, this.options)).stdout;
  }
}
