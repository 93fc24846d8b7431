import { ConnectionError, ForbiddenError, NexoraMailError, UnauthorizedError, type Domain } from '@nexoramail/sdk';
import { START_COMMAND } from '../demo-settings.js';
import { plain } from '../draw/text.js';
import { unreachable } from '../problem.js';
import { messageOf } from '../system-error.js';
import { fault, ok, skipped, type Check, type Finding, type Patient, type Reach } from './check.js';

const LIMIT_MS = 5_000;
/** A `Date` header tells whole seconds. Signatures and sign-in codes bear more than this. */
const MOST_SKEW_MS = 3_000;

/** The key is known and its account answers; tells how far the API could be reached, for the other checks. */
export async function checkApi({ io, client, settings }: Patient): Promise<{ readonly finding: Finding; readonly reach: Reach }> {
  if (!client || !settings) return { reach: 'nothing', finding: skipped('there is no address and no key to try') };
  try {
    const { account, mode, scopes } = await client.me({ signal: io.signal, timeoutMs: LIMIT_MS });
    return { reach: 'key', finding: ok(`${settings.apiUrl} knows the key: ${plain(account.name)}, plan ${plain(account.plan)}, ${plain(mode)} mode, ${scopes.length} scopes`) };
  } catch (error) {
    if (error instanceof ConnectionError) {
      const { message, fix } = unreachable(error, io);
      return { reach: 'nothing', finding: fault(message, fix) };
    }
    if (error instanceof UnauthorizedError) {
      return { reach: 'answer', finding: fault(`${settings.apiUrl} does not take the key: ${plain(error.message)}`, 'Unset NEXORA_API_KEY to use that of demo.json, or make a new key in the dashboard.') };
    }
    const detail = plain(messageOf(error));
    return error instanceof NexoraMailError && error.status !== null
      ? { reach: 'answer', finding: fault(`${settings.apiUrl} answers ${error.status}: ${detail}`, 'Look at the log of NexoraMail.') }
      : { reach: 'nothing', finding: fault(`${settings.apiUrl}: ${detail}`, `Look at the log of NexoraMail; if it does not run: ${START_COMMAND}`) };
  }
}

/** Reads a page of messages: no copy in memory answers that. */
export const databaseCheck: Check = {
  name: 'database', title: 'Database', needs: 'key',
  run: async ({ io, client }) => {
    if (!client) return skipped('there is no address and no key to try');
    const began = io.now().getTime();
    try {
      await client.emails.list({}, { limit: 1, signal: io.signal }).page();
      return ok(`messages are read in ${io.now().getTime() - began} ms`);
    } catch (error) {
      if (error instanceof ForbiddenError) return skipped('the key may not read messages (scope emails:read)');
      throw error;
    }
  },
};

/** Somebody can send: each sender domain is verified. */
export const domainsCheck: Check = {
  name: 'domains', title: 'Sender domains', needs: 'key',
  run: async ({ io, client }) => {
    if (!client) return skipped('there is no address and no key to try');
    const domains: Domain[] = [];
    try {
      for await (const domain of client.domains.list({ signal: io.signal })) domains.push(domain);
    } catch (error) {
      if (error instanceof ForbiddenError) return skipped('the key may not read domains (scope domains:read)');
      throw error;
    }
    const waiting = domains.find(({ status }) => status !== 'verified');
    if (domains.length === 0) return fault('there is none: nothing can be sent', 'Add one in the dashboard and publish its records.');
    if (!waiting) return ok(`${domains.map(({ name }) => plain(name)).join(', ')}: verified`);
    const record = waiting.records.find(({ required, status }) => required && status !== 'ok');
    return fault(`${plain(waiting.name)} is ${plain(waiting.status)}`, plain(record ? (record.fix ?? `Publish ${record.type} ${record.host}: it is ${record.status}.`) : 'Publish its records (see the dashboard), then verify it again.'));
  },
};

/** This machine's clock against the server's `Date`: signatures, certificates and sign-in codes depend on it. */
export const clockCheck: Check = {
  name: 'clock', title: 'Clock', needs: 'answer',
  run: async ({ io, settings }) => {
    if (!settings) return skipped('there is no address to try');
    const before = io.now().getTime();
    const response = await fetch(`${settings.apiUrl}/v1/me`, { headers: { authorization: `Bearer ${settings.apiKey}` }, redirect: 'manual', signal: AbortSignal.any([io.signal, AbortSignal.timeout(LIMIT_MS)]) });
    await response.body?.cancel();
    const after = io.now().getTime();
    const theirs = Date.parse(response.headers.get('date') ?? '');
    if (Number.isNaN(theirs)) return skipped('the API does not tell its time');
    // Theirs was cut to the second, somewhere between asking and answer.
    const skew = Math.max(before - (theirs + 1_000), theirs - after, 0);
    return skew > MOST_SKEW_MS ? fault(`this machine and the API differ by ${(skew / 1_000).toFixed(0)} s`, 'Turn on time synchronisation (NTP) on both.') : ok("agrees with the API's");
  },
};

/** What to do when a part of a running stack does not answer. */
export const RESTART = `Start NexoraMail again: stop it, then ${START_COMMAND}`;
