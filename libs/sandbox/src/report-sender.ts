import { connect } from 'node:net';
import { dotStuff, endOfData, ReplyParser, type Scheduler } from '@nexoramail/mail';
import type { Report } from './reports.js';

/** Where the inbound reports listener is. */
export interface ReportTarget {
  readonly host: string;
  readonly port: number;
}

const TIMEOUT_MS = 10_000;

/** Sends one report with a null sender over SMTP: `skipped` when nobody listens, `refused` for a 4xx, a 5xx or a cut. */
export function sendReport(target: ReportTarget, report: Report, scheduler: Scheduler): Promise<'sent' | 'refused' | 'skipped'> {
  return new Promise((resolve) => {
    const parser = new ReplyParser();
    const eightBit = report.raw.some((byte) => byte > 127);
    const steps = [
      'EHLO mx.sandbox.test\r\n',
      `MAIL FROM:<>${eightBit ? ' BODY=8BITMIME' : ''}\r\n`,
      `RCPT TO:<${report.to}>\r\n`,
      'DATA\r\n',
      Buffer.concat([dotStuff(report.raw), Buffer.from(endOfData(report.raw))]),
    ];
    let answered = false;
    const socket = connect({ host: target.host, port: target.port });
    const cancel = scheduler.after(TIMEOUT_MS, () => socket.destroy());
    const finish = (outcome: 'sent' | 'refused' | 'skipped'): void => {
      cancel();
      if (outcome === 'skipped') socket.destroy();
      else socket.end('QUIT\r\n');
      resolve(outcome);
    };
    socket.on('error', () => finish(answered ? 'refused' : 'skipped'));
    socket.on('close', () => finish(answered ? 'refused' : 'skipped'));
    socket.on('data', (chunk) => {
      answered = true;
      for (const { code } of parser.push(chunk)) {
        if (code >= 400) return finish('refused');
        const step = steps.shift();
        if (step === undefined) return finish('sent');
        socket.write(step);
      }
      if (parser.failure !== undefined) finish('refused');
    });
  });
}
