import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { AppError } from '@nexoramail/kernel';
import { createLogger, silentLogger, type LoggerOptions } from './logger.js';
import { maskText, redact } from './redact.js';

/** A logger whose lines land in an array. */
function setup(options: Partial<LoggerOptions> = {}): { logger: ReturnType<typeof createLogger>; lines: string[] } {
  const lines: string[] = [];
  return { logger: createLogger({ service: 'test', destination: { write: (line) => void lines.push(line) }, ...options }), lines };
}

const fieldsOf = (line: string | undefined): Record<string, unknown> => JSON.parse(line ?? '') as Record<string, unknown>;

describe('createLogger', () => {
  test('writes one JSON line with level, time, service, fields and message', () => {
    const { logger, lines } = setup({ context: () => ({ request_id: 'req_1' }) });
    logger.child({ part: 'dispatch' }).info({ batch: 3 }, 'Accepted');
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^\{[^\n]*\}\n$/);
    expect(fieldsOf(lines[0])).toMatchObject({ level: 'info', service: 'test', part: 'dispatch', batch: 3, request_id: 'req_1', msg: 'Accepted' });
    expect(fieldsOf(lines[0])['time']).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  });

  test('writes what its level asks for', () => {
    const { logger, lines } = setup({ level: 'warn' });
    for (const level of ['debug', 'info', 'warn', 'error'] as const) logger[level]({}, level);
    expect(lines.map((line) => fieldsOf(line)['level'])).toEqual(['warn', 'error']);
    const silent = setup({ level: 'silent' });
    silent.logger.error({}, 'x');
    expect(silent.lines).toEqual([]);
    silentLogger.child({}).error({}, 'x');
  });

  test('sec-A39: whatever goes in, a line is one line of JSON without control characters', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), fc.dictionary(fc.string({ unit: 'binary' }), fc.anything({ withBigInt: true, withDate: true, withMap: true, withTypedArray: true })), (message, fields) => {
      const { logger, lines } = setup();
      logger.error(fields, message);
      expect(lines).toHaveLength(1);
      // eslint-disable-next-line no-control-regex
      expect(lines[0]?.slice(0, -1)).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
      expect(() => fieldsOf(lines[0])).not.toThrow();
    }));
  });

  test('breaks what some terminals act on though JSON leaves it alone', () => {
    const { logger, lines } = setup();
    logger.error({ ehlo: '\u009b31m', 'a\u007f': 1 }, 'x\u0085y');
    expect(fieldsOf(lines[0])).toMatchObject({ ehlo: '\ufffd31m', 'a\ufffd': 1, msg: 'x\ufffdy' });
  });

  test('for people: one short line, nothing that a terminal would act on, the stack below', () => {
    const { logger, lines } = setup({ readable: true });
    logger.warn({ ehlo: 'a\r\n\u001b[31mred', n: 2 }, 'Odd\u0007 greeting');
    expect(lines[0]).toMatch(/^\d\d:\d\d:\d\d\.\d{3} ! test {9}Odd\\x07 greeting ehlo=a\\x0d\\x0a\\x1b\[31mred n=2\n$/);
    // eslint-disable-next-line no-control-regex
    expect(lines[0]?.slice(0, -1)).not.toMatch(/[\u0000-\u001f]/);
    logger.error({ err: new Error('broken') }, 'Failed');
    expect(lines[1]).toMatch(/✗ test .*Failed err=.*broken.*\n {4}at /);
  });
});

describe('redact', () => {
  test('hides what its name says, at any depth', () => {
    expect(redact({ authorization: 'x', apiKey: 'x', api_key: 'x', 'Set-Cookie': 'x', lease_token: 'x', newPassword: 'x', to: ['x'], Subject: 'x', nested: [{ html: 'x', n: 1 }], webhookSecret: 'x', remoteAddress: 'x' })).toEqual({
      authorization: '[hidden]', apiKey: '[hidden]', api_key: '[hidden]', 'Set-Cookie': '[hidden]', lease_token: '[hidden]', newPassword: '[hidden]', to: '[hidden]', Subject: '[hidden]', nested: [{ html: '[hidden]', n: 1 }], webhookSecret: '[hidden]', remoteAddress: '[hidden]',
    });
    expect(redact({ account_id: 'acc_1', n: 5, ok: true, none: null, at: new Date(0), big: 5n, bytes: new Uint8Array(3), fn: () => 1, token: undefined })).toEqual({
      account_id: 'acc_1', n: 5, ok: true, none: null, at: '1970-01-01T00:00:00.000Z', big: '5', bytes: '[3 bytes]', fn: undefined, token: undefined,
    });
  });

  test.each([
    ['ann@shop.example', '[address]'],
    ['to=<ann.lee+x@shop.example>, next', 'to=<[address]>, next'],
    ['550 no "odd name"@shop.example here', '550 no [address] here'],
    ['grüße@müller.example.', '[address].'],
    ['user@[192.0.2.1] refused', '[address] refused'],
    ['key nxm_live_0a1b2c3d4e5f, nxm_test_zz', 'key [hidden], [hidden]'],
    ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw=', '[hidden]'],
    ['Authorization: Bearer abc.def-ghi', 'Authorization: Bearer [hidden]'],
    ['postgresql://mail:s3cret@127.0.0.1:5433/nexora', 'postgresql://mail:[hidden]@127.0.0.1:5433/nexora'],
    ['Key (address)=(ann@shop.example) already exists.', 'Key (address)=([address]) already exists.'],
    ['nothing to hide at 12:00 in dispatch.after-250', 'nothing to hide at 12:00 in dispatch.after-250'],
  ])('masks in texts: %s', (text, masked) => {
    expect(maskText(text)).toBe(masked);
  });

  test('sec-A39 sec-S73: no address of the usual form survives, wherever it stands', () => {
    const address = fc.tuple(fc.stringMatching(/^[a-zA-Z0-9!#$%&'*+/=?^_`{|}~.-]{1,20}$/), fc.domain()).map(([local, domain]) => ({ domain, text: `${local}@${domain}` }));
    fc.assert(fc.property(address, fc.constantFrom(' ', '<', '"', '(', ',', ':', '=', ';'), ({ domain, text }, before) => {
      expect(maskText(`seen${before}${text}> end`)).not.toContain(`@${domain}`);
    }));
  });

  test('an error keeps name, code, message and causes, and loses what a driver hangs on it', () => {
    const error = Object.assign(new Error('duplicate ann@shop.example', { cause: new AppError('conflict', 'taken') }), { code: '23505', detail: 'Key (address)=(ann@shop.example)', parameters: ['ann'] });
    const safe = redact({ err: error }) as { err: Record<string, unknown> };
    expect(safe.err).toMatchObject({ name: 'Error', code: '23505', message: 'duplicate [address]', cause: { name: 'AppError', code: 'conflict', message: 'taken' } });
    expect(JSON.stringify(safe)).not.toMatch(/ann|detail/);
  });

  test('is bounded: long texts, long lists, deep and circular objects', () => {
    expect(maskText('x'.repeat(100_000)).length).toBeLessThan(8_300);
    expect(redact(new Array(1_000).fill(1))).toHaveLength(50);
    const loop: Record<string, unknown> = {};
    loop['self'] = loop;
    expect(JSON.stringify(redact(loop))).toContain('[deep]');
    const started = performance.now();
    maskText(`${'a.'.repeat(4_000)}@`);
    maskText('@'.repeat(8_000));
    maskText(`"${'"'.repeat(8_000)}@`);
    expect(performance.now() - started).toBeLessThan(500);
  });
});
