import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect as connectTcp, isIP } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import type { Demo } from '../demo-settings.js';
import { plain } from '../draw/text.js';
import { messageOf, systemCode } from '../system-error.js';
import { RESTART } from './api.js';
import { fault, NOT_EMBEDDED, ok, type Check, type Finding, type Patient } from './check.js';
import { SmtpDialogue, UnexpectedReply } from './smtp-dialogue.js';

const LIMIT_MS = 5_000;
const DAY_MS = 86_400_000;
const LEAST_DAYS = 14;
/** Errors of the handshake that are about whom the certificate names, who signed it, and when it ends. */
const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO|ALTNAME/;

/** The port where a session begins in clear and turns to TLS. */
export const startTlsCheck: Check = { name: 'smtp_starttls', title: 'SMTP (STARTTLS)', needs: 'answer', run: (patient) => examine(patient, ({ smtp }) => smtp.submission_port, true) };

/** The port that speaks TLS from its first octet. */
export const smtpsCheck: Check = { name: 'smtp_tls', title: 'SMTP (TLS)', needs: 'answer', run: (patient) => examine(patient, ({ smtp }) => smtp.tls_port, false) };

/** Greets, makes a TLS 1.3 handshake that trusts the stack's own authority alone, and signs in. */
async function examine({ embedded, settings, io }: Patient, portOf: (demo: Demo) => number, startTls: boolean): Promise<Finding> {
  if (!embedded || !settings) return NOT_EMBEDDED;
  const { smtp, smtp_username: user } = embedded;
  const at = `${smtp.host}:${portOf(embedded)}`;
  let ca: Buffer;
  try {
    ca = await readFile(smtp.ca_file);
  } catch (error) {
    return fault(`${smtp.ca_file} cannot be read (${systemCode(error) ?? 'unknown reason'})`, RESTART);
  }
  const socket = connectTcp({ host: smtp.host, port: portOf(embedded) });
  try {
    if (startTls) {
      const clear = new SmtpDialogue(socket, LIMIT_MS);
      await clear.ask(undefined, 220);
      const { lines } = await clear.ask('EHLO doctor.invalid', 250);
      if (!lines.some((line) => /^250[ -]STARTTLS$/i.test(line))) return fault(`${at} does not offer STARTTLS`, RESTART);
      await clear.ask('STARTTLS', 220);
      clear.release();
    }
    const secure = connectTls({ socket, ca, minVersion: 'TLSv1.3', host: smtp.host, ...(isIP(smtp.host) === 0 && { servername: smtp.host }) });
    socket.on('error', (error: Error) => void secure.destroy(error));
    secure.on('error', () => undefined); // whoever waits is told; a late one concerns nobody
    await once(secure, 'secureConnect', { signal: AbortSignal.any([io.signal, AbortSignal.timeout(LIMIT_MS)]) });
    const dialogue = new SmtpDialogue(secure, LIMIT_MS);
    if (!startTls) await dialogue.ask(undefined, 220);
    await dialogue.ask('EHLO doctor.invalid', 250);
    await dialogue.ask(`AUTH PLAIN ${Buffer.from(`\0${user}\0${settings.apiKey}`).toString('base64')}`, 235);
    const found = judgeCertificate(at, secure, io.now().getTime());
    await dialogue.ask('QUIT', 221).catch(() => undefined);
    return found;
  } catch (error) {
    if (io.signal.aborted) throw error;
    return explain(at, error);
  } finally {
    socket.destroy();
  }
}

function judgeCertificate(at: string, socket: TLSSocket, now: number): Finding {
  const days = Math.floor((Date.parse(socket.getPeerCertificate().valid_to) - now) / DAY_MS);
  if (days < LEAST_DAYS) return fault(`the certificate of ${at} ends in ${days} days`, RENEW);
  return ok(`${at}: ${socket.getProtocol() ?? 'TLS'}, signed in, the certificate is good for ${days} days`);
}

const RENEW = 'Stop NexoraMail, remove the folder `tls` in its data folder (or replace NEXORA_SMTP_TLS_CERT), start it again.';

function explain(at: string, error: unknown): Finding {
  const code = systemCode(error);
  if (error instanceof UnexpectedReply) return fault(plain(`${at}: ${error.message}`), error.reply.startsWith('535') ? 'Unset NEXORA_API_KEY to use the key of demo.json.' : RESTART);
  if (code === 'ECONNREFUSED') return fault(`nothing listens at ${at}`, RESTART);
  if (code !== undefined && CERTIFICATE.test(code)) return fault(`${at} has a certificate that its own authority did not sign for it (${code})`, RENEW);
  if (code !== undefined && /SSL|TLS|EPROTO/.test(code)) return fault(`${at} does not speak TLS 1.3 (${code})`, RESTART);
  return fault(plain(`${at}: ${code === 'ABORT_ERR' ? 'no handshake in time' : messageOf(error)}`), RESTART);
}
