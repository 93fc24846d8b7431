import { CATEGORIES } from '@nexoramail/kernel';
import { addressToken } from '@nexoramail/mail';
import type { Sql, Statement } from '@nexoramail/platform';
import type { RuleHit, ScreeningStore } from '../application/ports/screening-store.js';
import { alignedNames, type DomainState } from '../domain/sender-domain.js';
import type { ScreenFacts, ScreenItem, SigningDomain, SuppressedRecipient } from '../domain/screen-rules.js';
import type { SuppressionReason } from '../domain/suppression.js';

// Both questions of the batch in one round trip. Part 1: the domains that were asked for; part 2: the recipients that are suppressed.
const READ: Statement = {
  name: 'compliance_screen',
  text: 'SELECT * FROM screen_facts($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::bytea[], $6::text[], $7::bool[], $8::timestamptz)',
};
const RECORD: Statement = {
  name: 'compliance_rule_hits',
  text: `INSERT INTO rule_hit (message_id, rule_id, account_id, mode, code, category, from_domain, source, at)
    SELECT q.message_id, q.rule_id, q.account_id, q.mode, q.code, q.category, q.from_domain, q.source, $9::timestamptz
    FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[]) AS q (message_id, rule_id, account_id, mode, code, category, from_domain, source)
    ON CONFLICT DO NOTHING`,
};

interface Row {
  part: 1 | 2;
  place: number;
  id: string;
  name: string;
  state: DomainState;
  version: number;
  selectors: string[];
  return_path_domain: string;
  degraded_at: Date | null;
  reason: SuppressionReason;
  strength: number;
}

/** What screening reads: hot, so raw, set-based, and each domain of a batch asked for once. */
export class PgScreeningStore implements ScreeningStore {
  /** `tokenKey`: the deployment's address-token key. */
  constructor(private readonly db: Sql, private readonly tokenKey: Uint8Array) {}

  async read(items: readonly ScreenItem[], now: Date): Promise<readonly ScreenFacts[]> {
    const wanted = new WantedDomains();
    const names = items.map(({ accountId, fromDomain, envelopeDomain }) => ({ from: wanted.add(accountId, fromDomain), envelope: wanted.add(accountId, envelopeDomain) }));
    const recipients = items.flatMap((item, at) => item.recipients.map((address, index) => ({ item, at, index, token: this.tokenOf(address) })));
    const { rows } = await this.db.query<Row>(READ, [
      wanted.accounts, wanted.names,
      recipients.map(({ item }) => item.accountId), recipients.map(({ item }) => item.mode), recipients.map(({ token }) => token),
      recipients.map(({ item }) => item.category), recipients.map(({ item }) => isEssential(item.category)), now,
    ]);
    const domains = new Map<number, SigningDomain>();
    const suppressed = new Map<number, Row>();
    for (const row of rows) {
      if (row.part === 1) domains.set(row.place - 1, toDomain(row));
      else if (row.strength > (suppressed.get(row.place - 1)?.strength ?? 0)) suppressed.set(row.place - 1, row);
    }
    const perItem = items.map((): SuppressedRecipient[] => []);
    for (const [place, row] of [...suppressed].sort(([a], [b]) => a - b)) {
      const recipient = recipients[place];
      if (recipient) perItem[recipient.at]?.push({ index: recipient.index, reason: row.reason });
    }
    const found = (places: readonly number[]): SigningDomain[] => places.flatMap((place) => domains.get(place) ?? []);
    return names.map(({ from, envelope }, at) => ({ from: found(from), envelope: found(envelope), suppressed: perItem[at] ?? [] }));
  }

  async record(hits: readonly RuleHit[], at: Date): Promise<void> {
    await this.db.query(RECORD, [
      hits.map(({ item }) => item.messageId), hits.map(({ refusal }) => refusal.ruleId), hits.map(({ item }) => item.accountId), hits.map(({ item }) => item.mode),
      hits.map(({ refusal }) => refusal.error.code), hits.map(({ item }) => item.category.slice(0, 100)), hits.map(({ item }) => item.fromDomain), hits.map(({ item }) => item.source), at,
    ]);
  }

  /** The addresses are canonical already: parsing them again would cost more than the rest of a screen. */
  private tokenOf(email: string): Buffer {
    const at = email.lastIndexOf('@');
    return Buffer.from(addressToken(this.tokenKey, { email, localPart: email.slice(0, at), domain: email.slice(at + 1), needsSmtpUtf8: false }));
  }
}

/** Pairs of account and name, each once. */
class WantedDomains {
  readonly accounts: string[] = [];
  readonly names: string[] = [];
  private readonly placesOf = new Map<string, readonly number[]>();
  private readonly placeOf = new Map<string, number>();

  /** Places of the name and its parents, nearest first. */
  add(accountId: string, name: string): readonly number[] {
    const key = `${accountId} ${name}`;
    const known = this.placesOf.get(key);
    if (known) return known;
    const places = name === '' ? [] : alignedNames(name).map((one) => this.place(accountId, one));
    this.placesOf.set(key, places);
    return places;
  }

  private place(accountId: string, name: string): number {
    const key = `${accountId} ${name}`;
    let place = this.placeOf.get(key);
    if (place === undefined) {
      place = this.names.length;
      this.placeOf.set(key, place);
      this.accounts.push(accountId);
      this.names.push(name);
    }
    return place;
  }
}

const isEssential = (category: string): boolean => Object.hasOwn(CATEGORIES, category) && CATEGORIES[category]?.essential === true;

function toDomain(row: Row): SigningDomain {
  return { id: row.id, name: row.name, state: row.state, version: row.version, selectors: row.selectors, returnPathDomain: row.return_path_domain, degradedAt: row.degraded_at ?? undefined };
}
