import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { IdSource, ManualClock, parsePublicId, publicId, recipientId, recipientRef, seededRandom, timeOfUuid } from './index.js';

const clock = new ManualClock('2026-03-01T09:00:00.123Z');
const ids = new IdSource(clock, seededRandom(7));

test('a UUIDv7 tells its millisecond, its version and its variant', () => {
  const uuid = ids.uuid();
  expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(timeOfUuid(uuid)).toBe(clock.now().getTime());
});

test('ids made later sort later, inside and outside', () => {
  const first = ids.uuid();
  clock.advance(1);
  const second = ids.uuid();
  expect(first < second).toBe(true);
  expect(publicId('em', first) < publicId('em', second)).toBe(true);
});

test('an outside id is at most 40 characters and parses only under its own prefix and length', () => {
  const uuid = ids.uuid();
  const id = publicId('em', uuid);
  expect(id).toHaveLength(29);
  expect(parsePublicId('em', id)).toEqual({ uuid, extra: [] });
  expect(parsePublicId('evt', id)).toBeUndefined();
  expect(parsePublicId('em', `${id}0`)).toBeUndefined();
  expect(parsePublicId('rcp', recipientId(uuid, 49), 1)).toEqual({ uuid, extra: [49] });
  expect(publicId('evt', uuid, 1, 255).length).toBeLessThanOrEqual(40);
});

test('no text makes the parser throw', () => {
  fc.assert(fc.property(fc.string(), (text) => parsePublicId('em', text) === undefined));
});

test('a recipient ref is the last seven bytes and the index', () => {
  expect(Buffer.from(recipientRef('00112233-4455-7677-8899-aabbccddeeff', 3)).toString('hex')).toBe('99aabbccddeeff03');
});
