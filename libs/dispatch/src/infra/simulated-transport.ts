import type { Envelope, Transport } from '../application/ports/deliver-ports.js';
import type { AttemptFacts, Outcome, Reply } from '../domain/outcome.js';

const HOST = 'simulated.nexoramail.test';

/** Test mode: the sandbox's mailboxes (interfaces.md §6) without a socket. The local part decides, `+label` allowed; counts are the row's own tries. */
export class SimulatedTransport implements Transport {
  deliver({ recipient, tries }: Envelope): Promise<Outcome> {
    return Promise.resolve(simulate(recipient, tries));
  }
}

function simulate(recipient: string, tries: number): Outcome {
  const at = recipient.lastIndexOf('@');
  const name = recipient.slice(0, at).toLowerCase().replace(/\+.*$/, '');
  const domain = recipient.slice(at + 1);
  if (domain === 'refuse.sandbox.test') return deferred(421, '4.3.2', 'system not accepting mail', false);
  switch (name) {
    case 'bounce': return rejected(550, '5.1.1', 'no such user here');
    case 'full': return rejected(552, '5.2.2', 'mailbox full');
    case 'blocked': return rejected(550, '5.7.1', 'message refused by policy');
    case 'unavailable': return deferred(451, '4.3.0', 'mailbox temporarily unavailable');
    case 'defer': return tries < 2 ? deferred(451, '4.3.0', 'try again later') : accepted();
    case 'greylist': return tries < 1 ? deferred(451, '4.7.1', 'greylisted, try again in 300 seconds') : accepted();
    case 'refuse': return deferred(421, '4.3.2', 'system not accepting mail, closing');
    case 'drop': return lost();
    case 'drop-once': return tries < 1 ? lost() : accepted();
    default: return accepted();
  }
}

const replyOf = (code: number, enhanced: string, text: string): Reply => ({ code, enhanced, text, mx: HOST, tls: '' });
const factsOf = (line: string, handedOver = true): AttemptFacts => ({
  mx: HOST, ip: '', tlsVersion: '', tlsCipher: '', tlsVerified: false, handedOver,
  transcript: [{ atMs: 0, dir: 'c', line: '(test mode: simulated)' }, { atMs: 0, dir: 's', line }],
});
const accepted = (): Outcome => ({ kind: 'accepted', reply: replyOf(250, '2.0.0', 'taken'), facts: factsOf('250 2.0.0 taken') });
const rejected = (code: number, enhanced: string, text: string): Outcome => ({ kind: 'rejected', reply: replyOf(code, enhanced, text), facts: factsOf(`${code} ${enhanced} ${text}`) });
const deferred = (code: number, enhanced: string, text: string, handedOver = true): Outcome => ({
  kind: 'deferred', reply: replyOf(code, enhanced, text), cause: text, site: 'well', facts: factsOf(`${code} ${enhanced} ${text}`, handedOver),
});
const lost = (): Outcome => ({ kind: 'unknown', cause: 'connection_lost: simulated', facts: factsOf('(connection lost after the final dot)') });
