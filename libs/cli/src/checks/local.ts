import { existsSync, statSync } from 'node:fs';
import { rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { START_COMMAND } from '../demo-settings.js';
import { systemCode } from '../system-error.js';
import { fault, ok, skipped, type Check } from './check.js';

/** Below this share of free disk the service refuses new mail (`flows.md` §9). */
const LEAST_FREE = 0.1;
const GIGABYTE = 1e9;

/** Node ≥ 20.19, as `package.json` says. */
export const nodeCheck: Check = {
  name: 'node', title: 'Node.js', needs: 'nothing',
  run: async () => {
    const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
    const good = major > 20 || (major === 20 && minor >= 19);
    return Promise.resolve(good ? ok(`v${process.versions.node}`) : fault(`v${process.versions.node} is too old`, 'Install Node.js 20.19 or newer.'));
  },
};

/** Writes a file and removes it: permissions alone do not tell of a read-only or full file system. */
export const dataFolderCheck: Check = {
  name: 'data_folder', title: 'Data folder', needs: 'nothing',
  run: async ({ dataDir }) => {
    if (!existsSync(dataDir)) return skipped(`${dataDir} does not exist`);
    const probe = join(dataDir, `.doctor-${process.pid}`);
    try {
      await writeFile(probe, 'x', { flag: 'wx' });
      return ok(`${dataDir} can be written`);
    } catch (error) {
      return fault(`${dataDir} cannot be written (${systemCode(error) ?? 'unknown reason'})`, 'Give this user the right to write there, make room, or set NEXORA_DATA_DIR.');
    } finally {
      await rm(probe, { force: true }).catch(() => undefined);
    }
  },
};

/** `demo.json` is whole, and nobody else can read its secrets. */
export const demoFileCheck: Check = {
  name: 'demo_file', title: 'demo.json', needs: 'nothing',
  run: async ({ file, demoPath, settings }) => {
    if (file.state === 'absent') return Promise.resolve(settings ? skipped(`${demoPath} does not exist: NEXORA_API_URL and NEXORA_API_KEY are used`) : fault(`${demoPath} does not exist: no NexoraMail has been started here`, `Start it with: ${START_COMMAND}   (NEXORA_DATA_DIR names another folder)`));
    if (file.state === 'broken') return fault(`${demoPath} is of no use: ${file.reason}`, `Start NexoraMail again, which writes it anew: ${START_COMMAND}`);
    const mode = statSync(demoPath).mode & 0o777;
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) return fault(`${demoPath} holds secrets and can be read by others (mode ${mode.toString(8)})`, `chmod 600 ${demoPath}`);
    return ok(`${demoPath} is complete`);
  },
};

/** Room for mail: the service refuses it below a tenth of the disk. */
export const diskCheck: Check = {
  name: 'disk_space', title: 'Disk space', needs: 'nothing',
  run: async ({ dataDir }) => {
    if (!existsSync(dataDir)) return skipped(`${dataDir} does not exist`);
    const { bavail, blocks, bsize } = await statfs(dataDir);
    if (blocks === 0) return skipped('this file system does not tell');
    const share = bavail / blocks;
    const detail = `${((bavail * bsize) / GIGABYTE).toFixed(1)} GB free (${Math.floor(share * 100)} %)`;
    return share < LEAST_FREE ? fault(`${detail}: below ${LEAST_FREE * 100} % no mail is accepted`, 'Make room on that disk, or set NEXORA_DATA_DIR to another one.') : ok(detail);
  },
};
