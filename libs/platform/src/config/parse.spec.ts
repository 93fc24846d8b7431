import { Type } from '@sinclair/typebox';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ConfigError, parseConfig } from './parse.js';
import { flag, hostPort, httpUrl, list, oneOf, port, postgresUrl, text, whole } from './schema.js';

const Schema = Type.Object({
  DATABASE_URL: postgresUrl(),
  HTTP_PORT: port(8080),
  DELIVERY_TIMEOUT_S: whole({ minimum: 1, maximum: 600, default: 120 }),
  TEST_CLOCK: flag(),
  BROKERS: Type.Optional(list()),
  MODE: oneOf(['inline', 'thread'], 'thread'),
  RATIO: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
  NAME: Type.Optional(text()),
});
const DATABASE_URL = 'postgresql://u:p@localhost/x';

function problemsOf(variables: Record<string, string>): Record<string, string> {
  try {
    parseConfig(Schema, { DATABASE_URL, ...variables });
  } catch (error) {
    if (error instanceof ConfigError) return Object.fromEntries(error.problems.map(({ name, problem }) => [name, problem]));
    throw error;
  }
  return {};
}

describe('parseConfig', () => {
  test('fills in defaults, leaves out what may be missing, drops what it does not know, and cannot be changed', () => {
    const config = parseConfig(Schema, { DATABASE_URL, PATH: '/bin', NAME: '  ' });
    expect(config).toEqual({ DATABASE_URL, HTTP_PORT: 8080, DELIVERY_TIMEOUT_S: 120, TEST_CLOCK: false, MODE: 'thread' });
    expect(() => Object.assign(config, { HTTP_PORT: 1 })).toThrow(TypeError);
  });

  test('reads numbers, flags and lists from their texts', () => {
    expect(parseConfig(Schema, { DATABASE_URL, HTTP_PORT: '0', TEST_CLOCK: 'TRUE', BROKERS: 'a:1, b:2 ,', MODE: 'inline', RATIO: '0.25' })).toMatchObject({
      HTTP_PORT: 0, TEST_CLOCK: true, BROKERS: ['a:1', 'b:2'], MODE: 'inline', RATIO: 0.25,
    });
  });

  test('names every wrong variable with its rule', () => {
    expect(problemsOf({ DATABASE_URL: '', HTTP_PORT: '65536', DELIVERY_TIMEOUT_S: '0x10', TEST_CLOCK: 'yes', MODE: 'process', RATIO: '1.5', BROKERS: ',' })).toEqual({
      DATABASE_URL: 'is not set; it must be a URL that begins with postgresql://',
      HTTP_PORT: 'must be a whole number, at least 0 and at most 65535',
      DELIVERY_TIMEOUT_S: 'must be a whole number, at least 1 and at most 600',
      TEST_CLOCK: 'must be true or false',
      MODE: 'must be one of inline, thread',
      RATIO: 'must be a number, at least 0 and at most 1',
      BROKERS: 'must be a list separated by commas',
    });
    expect(problemsOf({ HTTP_PORT: '80.5' })).toHaveProperty('HTTP_PORT');
    expect(problemsOf({ HTTP_PORT: '8 0' })).toHaveProperty('HTTP_PORT');
  });

  test('never prints a value', () => {
    fc.assert(fc.property(fc.constantFrom('DATABASE_URL', 'HTTP_PORT', 'TEST_CLOCK', 'MODE', 'RATIO'), fc.uuid(), (name, secret) => {
      expect(() => parseConfig(Schema, { DATABASE_URL, [name]: secret })).toThrow(ConfigError);
      expect(() => parseConfig(Schema, { DATABASE_URL, [name]: secret })).not.toThrow(secret);
    }));
  });

  test('a union is told apart by its literal; an impossible mix cannot start', () => {
    const Transport = Type.Union([
      Type.Object({ TRANSPORT: Type.Literal('mx'), MX_PORT: port(25) }),
      Type.Object({ TRANSPORT: Type.Literal('relay'), RELAY_HOST: text() }),
    ]);
    expect(parseConfig(Transport, { TRANSPORT: 'mx', RELAY_HOST: 'unused' })).toEqual({ TRANSPORT: 'mx', MX_PORT: 25 });
    expect(() => parseConfig(Transport, { TRANSPORT: 'relay' })).toThrow('RELAY_HOST is not set');
    expect(() => parseConfig(Transport, { TRANSPORT: 'pigeon' })).toThrow('TRANSPORT must be one of mx, relay');
    expect(() => parseConfig(Transport, {})).toThrow('TRANSPORT must be one of mx, relay');
  });

  test('knows URLs and addresses', () => {
    const Urls = Type.Object({ URL: httpUrl(), AT: hostPort() });
    expect(parseConfig(Urls, { URL: 'https://api.example/x', AT: '[::1]:53' })).toEqual({ URL: 'https://api.example/x', AT: '[::1]:53' });
    expect(() => parseConfig(Urls, { URL: 'ftp://x', AT: 'host' })).toThrow('URL must be a URL that begins with http:// or https://; AT must be host:port');
  });
});
