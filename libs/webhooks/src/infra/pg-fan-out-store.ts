import type { Sql, Statement } from '@nexoramail/platform';
import type { FanOutStore, Lease, OutgoingEvent, Subscriber } from '../application/ports.js';
import type { EndpointScope, EndpointStatus } from '../domain/endpoint.js';
import type { SecretBox } from './secret-box.js';
import { keysOf } from './targets.js';

const SUBSCRIBERS: Statement = {
  name: 'fan_out_subscribers',
  text: `SELECT e.id, e.account_id, e.mode, e.url, e.events, e.status, e.failing_since IS NOT NULL AS failing, e.throttled_until
    FROM endpoint e JOIN unnest($1::uuid[], $2::text[]) AS g (account_id, mode) USING (account_id, mode) WHERE e.status <> 'disabled'`,
};
// Bodies as one binary parameter, cut here: pg would send bytea[] as hex text.
const ADD_PAYLOADS: Statement = {
  name: 'fan_out_add_payloads',
  text: `INSERT INTO payload (day, event_id, type, body)
    SELECT $1::date, g.event_id, g.type, substring($2::bytea FROM g.start FOR g.length)
    FROM unnest($3::text[], $4::text[], $5::int[], $6::int[]) AS g (event_id, type, start, length) ON CONFLICT DO NOTHING`,
};
const ADD_DELIVERIES: Statement = {
  name: 'fan_out_add_deliveries',
  text: `INSERT INTO delivery (endpoint_id, event_id, payload_day, type, created_at, run_at, lease_token, lease_until)
    SELECT g.endpoint_id, g.event_id, $1::date, g.type, $2, $2, CASE WHEN g.leased THEN $3::uuid END, CASE WHEN g.leased THEN $4::timestamptz END
    FROM unnest($5::uuid[], $6::text[], $7::text[], $8::boolean[]) AS g (endpoint_id, event_id, type, leased) ON CONFLICT DO NOTHING`,
};

interface SubscriberRow {
  id: string;
  account_id: string;
  mode: string;
  url: string;
  events: string[];
  status: EndpointStatus;
  failing: boolean;
  throttled_until: Date | null;
}

/** The tables of the fan-out, inside one transaction: three statements per batch, one when no account of it has an endpoint. */
export class PgFanOutStore implements FanOutStore {
  constructor(private readonly tx: Sql, private readonly box: SecretBox) {}

  async subscribers(scopes: readonly EndpointScope[], now: Date): Promise<Subscriber[]> {
    const { rows } = await this.tx.query<SubscriberRow>(SUBSCRIBERS, [scopes.map(({ accountId }) => accountId), scopes.map(({ mode }) => mode)]);
    const keys = await keysOf(this.tx, this.box, rows.map(({ id }) => id), now);
    return rows.map((row) => ({
      accountId: row.account_id, mode: row.mode, events: row.events, status: row.status, throttledUntil: row.throttled_until ?? undefined,
      target: { endpointId: row.id, url: row.url, failing: row.failing, keys: keys.get(row.id) ?? [] },
    }));
  }

  async add(events: readonly { readonly event: OutgoingEvent; readonly endpoints: readonly { readonly id: string; readonly leased: boolean }[] }[], now: Date, lease: Lease): Promise<void> {
    const day = now.toISOString().slice(0, 10);
    const bodies = events.map(({ event }) => event.body());
    const starts: number[] = [];
    let next = 1;
    for (const { byteLength } of bodies) {
      starts.push(next);
      next += byteLength;
    }
    await this.tx.query(ADD_PAYLOADS, [
      day, Buffer.concat(bodies), events.map(({ event }) => event.eventId), events.map(({ event }) => event.type), starts, bodies.map(({ byteLength }) => byteLength),
    ]);
    const rows = events.flatMap(({ event, endpoints }) => endpoints.map(({ id, leased }) => ({ id, leased, event })));
    await this.tx.query(ADD_DELIVERIES, [
      day, now, lease.token, lease.until,
      rows.map(({ id }) => id), rows.map(({ event }) => event.eventId), rows.map(({ event }) => event.type), rows.map(({ leased }) => leased),
    ]);
  }
}
