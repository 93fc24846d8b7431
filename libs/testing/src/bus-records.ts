import type { BusRecord } from '@nexoramail/platform';

/** The uuid that stands for a small number: readable in a failing test. */
export const uuidOf = (n: number): string => `00000000-0000-7000-8000-${n.toString(16).padStart(12, '0')}`;

/** A record of the test topic; its event id and payload say its number. */
export function recordOf(n: number, overrides: Partial<BusRecord> = {}): BusRecord {
  return { topic: 'nexora.test.events.v1', key: 'key', eventId: uuidOf(n), type: 'test.happened', payload: Buffer.from(String(n)), headers: {}, ...overrides };
}
