import { Writable } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import { createLogger } from './log/logger.js';
import { runAsCall } from './rpc/call-context.js';
import { loggerOptions } from './runtime.js';
import { testRuntime } from './testing/test-runtime.js';

describe('createRuntime', () => {
  const runtime = testRuntime({ databases: { mail: 'postgresql://mail@localhost/x' } });

  test('makes ids by the business clock, which alone the test clock moves', () => {
    const real = Date.now();
    runtime.clock.moveTo(1_000);
    expect(runtime.clock.now().toISOString()).toBe('2026-03-01T09:00:01.000Z');
    expect(Number.parseInt(runtime.ids.uuid().replaceAll('-', '').slice(0, 12), 16)).toBe(Date.parse('2026-03-01T09:00:01.000Z'));
    expect(Math.abs(runtime.wall.now().getTime() - real)).toBeLessThan(60_000);
  });

  test('has keys of its folder and the databases it was given', () => {
    expect(runtime.keys.derive('x')).toHaveLength(32);
    expect(runtime.databaseUrl('mail')).toBe('postgresql://mail@localhost/x');
    expect(() => runtime.databaseUrl('other')).toThrow('other');
  });
});

describe('loggerOptions', () => {
  test('refuses a level that does not exist', () => {
    expect(() => loggerOptions('x', { NEXORA_LOG_LEVEL: 'loud' })).toThrow('NEXORA_LOG_LEVEL must be one of debug, info, warn, error, silent');
    expect(loggerOptions('x', {})).toMatchObject({ level: 'info', service: 'x' });
  });

  test('each line names the call under way', async () => {
    const lines: string[] = [];
    const destination = new Writable({
      write(part: Buffer, _encoding, done) {
        lines.push(part.toString());
        done();
      },
    });
    const logger = createLogger({ ...loggerOptions('x', {}), destination });
    await runAsCall({ requestId: 'req_1', traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' }, async () => logger.info({}, 'inside'));
    logger.info({}, 'outside');
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ request_id: 'req_1', trace_id: '0af7651916cd43dd8448eb211c80319c' });
    expect(lines[1]).not.toContain('request_id');
  });
});
