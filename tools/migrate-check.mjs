// `npm run migrate:check`: do the SQL migrations of each context still make exactly the tables of its schema.prisma? One line each, exit 1 on drift.
// Runs on one throw-away PostgreSQL; each context gets an empty shadow database of its own.
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { startTestPostgres } from './test-postgres.mjs';

const CONTEXTS = ['accounts', 'dispatch', 'tracking', 'compliance', 'webhooks'];
const root = fileURLToPath(new URL('..', import.meta.url));
const prisma = createRequire(import.meta.url).resolve('prisma/build/index.js');
const TIME_LIMIT_MS = 120_000;

const server = await startTestPostgres();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => void server.stop().then(() => process.exit(130)));
let drifted = false;
try {
  for (const context of CONTEXTS) {
    const { code, output } = await difference(context);
    // Prisma's --exit-code: 0 equal, 2 different, 1 could not tell.
    const verdict = { 0: 'equal', 2: 'DRIFT: the migrations do not make what schema.prisma says' }[code] ?? `FAILED (exit ${code})`;
    console.log(`${context.padEnd(11)} ${verdict}`);
    if (code === 0) continue;
    drifted = true;
    console.log(output.trim().replaceAll(/^/gm, '  '));
  }
} finally {
  await server.stop();
}
process.exitCode = drifted ? 1 : 0;

function difference(context) {
  // Without `?schema=`: the shadow database has its tables in `public`, which is where prisma-config.mjs excludes the shared ones.
  const env = { ...process.env, DATABASE_URL: server.url };
  const args = [prisma, 'migrate', 'diff', '--from-migrations', 'prisma/migrations', '--to-schema', 'prisma/schema.prisma', '--exit-code'];
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd: `${root}libs/${context}`, env, stdio: ['ignore', 'pipe', 'pipe'], timeout: TIME_LIMIT_MS, killSignal: 'SIGKILL' });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text));
    child.on('error', reject).on('close', (code, signal) => resolve({ code: code ?? signal, output }));
  });
}
