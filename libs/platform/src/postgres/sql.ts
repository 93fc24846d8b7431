/** A named prepared statement. One name, one text; ≤63 bytes. Pass lists as arrays (`unnest($1::uuid[])`), never as `VALUES` lists of changing length: each length would be a plan of its own. An empty name: not prepared. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

/**
 * Runs statements: a {@link Database} (each statement commits by itself) or a transaction on one connection.
 * Values: `Date` for timestamptz, `Buffer`/`Uint8Array` for bytea, text for uuid and date, bigint or number for int8.
 * Rows: int8 as `number` (an error beyond 2^53; `sum(int8)` is numeric, so cast it `::bigint`), timestamptz as `Date`, `date` as
 * 'YYYY-MM-DD' text, bytea as `Buffer`, numeric as text.
 */
export interface Sql {
  query<R extends object = Record<string, unknown>>(statement: Statement, values?: readonly unknown[]): Promise<{ rows: R[]; rowCount: number }>;
}
