import { connect } from 'node:net';
import { expect, test } from '@jest/globals';
import { startSandbox } from '@nexoramail/sandbox';
import { ledger, type LedgerEntry } from './support/ledger.js';
import { Stack } from './support/stack.js';

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('connect', () => { socket.destroy(); resolve(true); }).once('error', () => resolve(false));
  });

test.each<NodeJS.Signals>(['SIGTERM', 'SIGINT'])('sec-F32: %s under load ends within 10 s with exit 0, leaves no port, and the next start goes on', async (signal) => {
  const sink = await startSandbox();
  let stack = await Stack.start({ sink });
  try {
    const entries: LedgerEntry[] = [];
    let stopped = false;
    let n = 0;
    const client = async (): Promise<void> => {
      while (!stopped) {
        n += 1;
        const to = `delivered+stop${n}@sandbox.test`;
        try {
          entries.push({ id: await stack.send(to), to });
        } catch {
          // Refused or cut off by the stop: not accepted, so nothing is owed.
          if (stack.child.exitCode !== null) return;
        }
      }
    };
    const clients = Array.from({ length: 8 }, client);
    while (entries.length < 100) await new Promise((resolve) => setImmediate(resolve));
    const began = performance.now();
    const exited = new Promise<number | null>((resolve) => stack.child.once('exit', resolve));
    stack.child.kill(signal);
    const code = await exited;
    stopped = true;
    expect([code, performance.now() - began < 10_000]).toEqual([0, true]);
    await Promise.all(clients);
    const { smtp, sandbox_mx: sandbox, api_url: api } = stack.demo;
    for (const port of [Number(new URL(api).port), smtp.submission_port, smtp.tls_port, sandbox.smtp_port, 5433 + stack.offset, 9464 + stack.offset]) {
      expect([port, await answers(port)]).toEqual([port, false]);
    }
    stack = await stack.restart();
    const report = await ledger(stack, entries);
    // A stop in good order makes no duplicates.
    expect(report).toMatchObject({ lost: [], unsettled: [], duplicates: 0 });
  } finally {
    await stack.stop();
    await sink.stop();
  }
}, 180_000);
