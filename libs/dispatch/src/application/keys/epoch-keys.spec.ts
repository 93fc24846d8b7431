import { expect, test } from '@jest/globals';
import { ManualClock, seededRandom } from '@nexoramail/kernel';
import type { EpochRegistry, EpochSlice, EpochVault } from '../ports/key-ports.js';
import { EpochKeys, sliceFor } from './epoch-keys.js';

class MemoryVault implements EpochVault, EpochRegistry {
  readonly keys = new Map<string, Uint8Array>();
  readonly slices = new Map<string, EpochSlice>();
  readonly destroyed = new Set<string>();
  broken = false;
  create(id: string, key: Uint8Array): Promise<Uint8Array> {
    if (this.broken) return Promise.reject(new Error('ENOSPC'));
    const held = this.keys.get(id) ?? key;
    this.keys.set(id, held);
    return Promise.resolve(held);
  }
  read(id: string): Promise<Uint8Array | undefined> { return Promise.resolve(this.keys.get(id)); }
  destroy(id: string): Promise<void> { this.keys.delete(id); return Promise.resolve(); }
  list(): Promise<string[]> { return Promise.resolve([...this.keys.keys()]); }
  open(slice: EpochSlice): Promise<boolean> {
    this.slices.set(slice.id, slice);
    return Promise.resolve(!this.destroyed.has(slice.id));
  }
}

const clock = (): ManualClock => new ManualClock('2026-03-01T09:49:00Z');
const normal = { sensitive: false, scheduledAt: undefined, messageId: 'm' };

test('one key per hour, per ten minutes for sensitive mail, one per scheduled message', () => {
  const at = clock().now();
  expect(sliceFor(normal, at)).toMatchObject({ id: 'h2026030109', end: new Date('2026-03-01T10:00:00Z'), destroyBy: new Date('2026-03-04T08:00:00Z') });
  expect(sliceFor({ ...normal, sensitive: true }, at)).toMatchObject({ id: 's202603010940', end: new Date('2026-03-01T09:50:00Z') });
  const scheduledAt = new Date('2026-03-09T00:00:00Z');
  expect(sliceFor({ ...normal, scheduledAt }, at)).toMatchObject({ id: 'rm', end: scheduledAt, destroyBy: new Date('2026-03-11T23:00:00Z') });
});

test('the next keys are there ten minutes early, and replicas that share the store share the keys', async () => {
  const [vault, time] = [new MemoryVault(), clock()];
  const [one, two] = [new EpochKeys(vault, vault, time, seededRandom(1)), new EpochKeys(vault, vault, time, seededRandom(2))];
  await one.ensureAhead();
  expect([...vault.keys.keys()]).toEqual(['h2026030109', 's202603010940', 's202603010950']);
  time.advance(60_000);
  await one.ensureAhead();
  expect(vault.keys.has('h2026030110')).toBe(true);
  expect((await one.forAcceptance(normal)).key).toEqual((await two.forAcceptance(normal)).key);
});

test('without a durable key nothing is accepted, and it is tried again; a destroyed slice is never used', async () => {
  const [vault, time] = [new MemoryVault(), clock()];
  const keys = new EpochKeys(vault, vault, time, seededRandom(1));
  vault.broken = true;
  await expect(keys.forAcceptance(normal)).rejects.toMatchObject({ code: 'temporarily_unavailable' });
  vault.broken = false;
  expect((await keys.forAcceptance(normal)).id).toBe('h2026030109');
  vault.destroyed.add('s202603010940');
  await expect(keys.forAcceptance({ ...normal, sensitive: true })).rejects.toMatchObject({ code: 'temporarily_unavailable' });
});
