import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { planShards, SHARDS } from './shard-leases.js';

type Row = Parameters<typeof planShards>[1][number];

describe('planShards', () => {
  test('a lone relay takes all sixteen', () => {
    expect(planShards('a', []).take).toHaveLength(SHARDS);
  });

  test('shards of a dead relay are free, those of a live one are not', () => {
    const rows: Row[] = [
      { name: 'relay:b', owner: 'b', live: true }, { name: 'relay:c', owner: 'c', live: false },
      { name: 'relay-shard:0', owner: 'b', live: false }, { name: 'relay-shard:1', owner: 'c', live: false },
    ];
    expect(planShards('a', rows).take).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  test('any number of relays, joining and dying in any order, ends with every shard owned by exactly one live relay, evenly', () => {
    fc.assert(fc.property(fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd', 'e'), fc.boolean()), { minLength: 1, maxLength: 60 }), (steps) => {
      const owners = new Map<number, string>();
      const live = new Set<string>();
      const turn = (owner: string): void => {
        const rows: Row[] = [
          ...[...live].map((name) => ({ name: `relay:${name}`, owner: name, live: true })),
          ...[...owners].map(([shard, name]) => ({ name: `relay-shard:${shard}`, owner: name, live: false })),
        ];
        const { take, give, owned } = planShards(owner, rows);
        live.add(owner);
        for (const shard of take) {
          if (owners.has(shard) && live.has(owners.get(shard) ?? '')) throw new Error('took a shard of a live relay');
          owners.set(shard, owner);
        }
        for (const shard of give) {
          if (!owned.includes(shard)) throw new Error('gave what it did not own');
          owners.delete(shard);
        }
      };
      for (const [owner, alive] of steps) {
        if (alive) turn(owner);
        else live.delete(owner);
      }
      if (live.size === 0) turn('a');
      for (let round = 0; round < 3; round += 1) for (const owner of live) turn(owner);
      const counts = [...live].map((owner) => [...owners.values()].filter((name) => name === owner).length);
      expect(owners.size).toBe(SHARDS);
      expect(Math.max(...counts)).toBeLessThanOrEqual(Math.ceil(SHARDS / live.size));
    }));
  });
});
