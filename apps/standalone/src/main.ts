import { startProblem, stopOnSignals } from '@nexoramail/platform';
import { createLogger, loggerOptions } from '@nexoramail/platform';
import { composeStandalone, Undo } from './compose.js';
import { readyLines } from './ready-lines.js';

const began = performance.now();
const undo = new Undo();
const people = process.stdout.isTTY;
const progress = (text: string): void => void process.stdout.write(people ? `  … ${text}\n` : `${JSON.stringify({ level: 'info', service: 'standalone', msg: text })}\n`);
const logger = createLogger(loggerOptions('standalone', { NEXORA_LOG_LEVEL: 'warn', ...process.env }));

// Before anything starts: a signal during the start must leave nothing behind.
let started: Promise<unknown> = Promise.resolve();
stopOnSignals({
  logger,
  stop: async () => {
    await started.catch(() => undefined);
    await undo.run();
    process.stdout.write('NexoraMail has stopped\n');
  },
});
const crash = (error: unknown): void => {
  logger.error({ err: error }, 'A defect ends the process');
  process.exit(1);
};
process.on('uncaughtException', crash);
process.on('unhandledRejection', crash);

const starting = composeStandalone(process.env, undo, progress, process.argv.includes('--fresh'));
started = starting;
try {
  const { demo } = await starting;
  process.stdout.write(`${readyLines(demo, (performance.now() - began) / 1000).join('\n')}\n`);
} catch (error) {
  await undo.run().catch(() => undefined);
  process.stderr.write(`NexoraMail could not start: ${startProblem(error)}\n`);
  process.exit(1);
}
