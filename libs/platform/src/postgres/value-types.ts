import pg from 'pg';

const INT8 = 20;
const INT8_ARRAY = 1016;
const DATE = 1082;
const DATE_ARRAY = 1182;
const TEXT_ARRAY = 1009;

type Parser = (text: string) => unknown;

/** An int8 as number. Ids, counters and the 40-bit account number fit; past 2^53 an error is better than a rounded value. */
export function parseInt8(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`The int8 ${text} does not fit a number: select it as text`);
  return value;
}

const textArray = pg.types.getTypeParser(TEXT_ARRAY as Parameters<typeof pg.types.getTypeParser>[0], 'text') as (text: string) => (string | null)[];

const parsers = new Map<number, Parser>([
  [INT8, parseInt8],
  [INT8_ARRAY, (text) => textArray(text).map((item) => (item === null ? null : parseInt8(item)))],
  // pg makes a local midnight of a date, which is another day west of Greenwich. A day stays text.
  [DATE, (text) => text],
  [DATE_ARRAY, textArray],
]);

/** Parsers of a pool's own, so that Prisma's pools in the same process keep theirs. */
export const valueTypes: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary'): Parser =>
    (format !== 'binary' && parsers.get(oid)) || (pg.types.getTypeParser(oid, format) as Parser)) as typeof pg.types.getTypeParser,
};
