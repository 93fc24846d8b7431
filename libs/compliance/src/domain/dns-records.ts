/** What a record is for. `dkim` and `return_path` must be there for a domain to be verified. */
export type RecordPurpose = 'dkim' | 'return_path' | 'dmarc' | 'tracking';

/** Result of the last look: `error` says that the DNS gave no usable answer, which is nobody's fault yet. */
export type RecordStatus = 'pending' | 'ok' | 'mismatch' | 'missing' | 'error';

/** A record to publish, and what was last seen of it. */
export interface DomainRecord {
  readonly purpose: RecordPurpose;
  readonly type: 'TXT' | 'CNAME';
  readonly host: string;
  readonly value: string;
  readonly required: boolean;
  readonly status: RecordStatus;
  readonly seen: readonly string[];
  readonly checkedAt: Date | undefined;
  readonly fix: string;
}

/** Where the records of all domains point to. */
export interface RecordTargets {
  /** Host that receives bounces (RFC 5321 §3.3): the CNAME target of return paths. */
  readonly returnPathHost: string;
  /** Host of links and pixels. */
  readonly trackingHost: string;
}

/** The return path's domain under a sender domain: SPF is then aligned with the header From. */
export const returnPathDomain = (name: string): string => `bounce.${name}`;

/** The records that a new domain needs, in the order in which people publish them. `dkimValue` is the TXT value of the public key. */
export function recordsOf(name: string, selector: string, dkimValue: string, targets: RecordTargets): DomainRecord[] {
  const record = (purpose: RecordPurpose, type: 'TXT' | 'CNAME', host: string, value: string, required: boolean): DomainRecord =>
    ({ purpose, type, host, value, required, status: 'pending', seen: [], checkedAt: undefined, fix: `Publish the ${type} record ${host}, then check again.` });
  return [
    record('dkim', 'TXT', `${selector}._domainkey.${name}`, dkimValue, true),
    record('return_path', 'CNAME', returnPathDomain(name), targets.returnPathHost, true),
    record('dmarc', 'TXT', `_dmarc.${name}`, 'v=DMARC1; p=none', false),
    record('tracking', 'CNAME', `track.${name}`, targets.trackingHost, false),
  ];
}
