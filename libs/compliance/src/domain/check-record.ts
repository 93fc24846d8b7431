import { parseDkimRecord } from '@nexoramail/mail';
import type { DomainRecord, RecordStatus } from './dns-records.js';

/** What the DNS said about one name and type. `failed`: no usable answer (time-out, server failure), so nothing is known. */
export type DnsAnswer = { readonly kind: 'found'; readonly values: readonly string[] } | { readonly kind: 'missing' } | { readonly kind: 'failed'; readonly reason: string };

// A hostile zone may answer with anything: what is kept and shown is bounded and printable.
const MAX_VALUES = 10;
const MAX_VALUE = 512;
/** TXT strings joined that are looked at; a 4096-bit key has 800. */
const MAX_EXAMINED = 4_096;

/** The record as it is after an answer: status, what was seen, and how to mend it. */
export function checkRecord(record: DomainRecord, answer: DnsAnswer, at: Date): DomainRecord {
  if (answer.kind === 'failed') return { ...record, status: 'error', checkedAt: at, fix: `The name servers of ${record.host} gave no usable answer (${answer.reason}). Check them; we will look again.` };
  if (answer.kind === 'missing') return { ...record, status: 'missing', seen: [], checkedAt: at, fix: `There is no ${record.type} record at ${record.host}. Publish it with the value shown; DNS changes take up to an hour to be seen.` };
  const values = answer.values.slice(0, 100).map((value) => value.slice(0, MAX_EXAMINED));
  const { status, fix } = judge(record, values);
  return { ...record, status, fix, seen: values.slice(0, MAX_VALUES).map(printable), checkedAt: at };
}

interface Verdict {
  readonly status: RecordStatus;
  readonly fix: string;
}

const OK: Verdict = { status: 'ok', fix: '' };
const mismatch = (fix: string): Verdict => ({ status: 'mismatch', fix });

function judge(record: DomainRecord, values: readonly string[]): Verdict {
  switch (record.purpose) {
    case 'dkim':
      return judgeDkim(record, values);
    case 'dmarc':
      return judgeDmarc(record, values);
    case 'return_path':
    case 'tracking':
      return judgeAlias(record, values);
  }
}

function judgeDkim({ host, value }: DomainRecord, values: readonly string[]): Verdict {
  const keys = values.map(parseDkimRecord).filter((key) => key !== undefined);
  const [key] = keys;
  if (!key) return mismatch(`The TXT record at ${host} is no DKIM key. Replace it by the value shown.`);
  // RFC 6376 §3.6.2.2: with several records the result is undefined.
  if (keys.length > 1) return mismatch(`There are ${keys.length} DKIM records at ${host}. Leave the one with the value shown.`);
  const wanted = parseDkimRecord(value);
  if (key.publicKey === '') return mismatch(`The key at ${host} is revoked (p= is empty). Publish the value shown.`);
  if (key.publicKey !== wanted?.publicKey || key.keyType !== wanted.keyType) return mismatch(`The key at ${host} is another one, or was cut off. Copy the whole value shown; long ones may need to be split in quoted strings of 255 characters.`);
  return OK;
}

function judgeDmarc({ host }: DomainRecord, values: readonly string[]): Verdict {
  const policies = values.filter((text) => /^\s*v\s*=\s*DMARC1\s*(?:;|$)/.test(text));
  if (policies.length === 0) return mismatch(`The TXT record at ${host} is no DMARC policy: it has to begin with v=DMARC1.`);
  if (policies.length > 1) return mismatch(`There are ${policies.length} DMARC policies at ${host}, so receivers apply none (RFC 7489 §6.6.3). Leave one.`);
  const policy = /;\s*p\s*=\s*([a-z]+)/i.exec(policies[0] ?? '')?.[1]?.toLowerCase();
  if (policy === 'none' || policy === 'quarantine' || policy === 'reject') return OK;
  return mismatch(`The DMARC policy at ${host} needs p=none, p=quarantine or p=reject.`);
}

function judgeAlias({ host, value }: DomainRecord, values: readonly string[]): Verdict {
  const bare = (name: string): string => name.toLowerCase().replace(/\.$/, '');
  if (values.some((target) => bare(target) === bare(value))) return OK;
  return mismatch(`The CNAME at ${host} points elsewhere. Let it point to ${value}; behind a proxying DNS, switch the proxy off for it.`);
}

/** One line without controls or directional marks, cut. */
function printable(text: string): string {
  const clean = text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, (c) => `\\u${(c.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`);
  return clean.length > MAX_VALUE ? `${clean.slice(0, MAX_VALUE)}…` : clean;
}
