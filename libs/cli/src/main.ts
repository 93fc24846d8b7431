#!/usr/bin/env node
import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { text } from 'node:stream/consumers';
import { runCli } from './program.js';

const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort(new Error(`ended by ${name}`)));
// `nexora events | head`: the reader has seen enough, which is no fault.
process.stdout.on('error', (error: Error) => {
  if ('code' in error && error.code === 'EPIPE') process.exit(0);
  throw error;
});

process.exitCode = await runCli(process.argv.slice(2), {
  out: (line) => void process.stdout.write(`${line}\n`),
  err: (line) => void process.stderr.write(`${line}\n`),
  isTerminal: process.stdout.isTTY === true,
  variables: process.env,
  cwd: process.cwd(),
  signal: stop.signal,
  now: () => new Date(),
  sleep: (ms) => pause(ms, undefined, { signal: stop.signal }),
  readInput: () => text(process.stdin),
  unique: () => randomBytes(5).toString('hex'),
});
