import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { readDemo, resolveSettings } from './demo-settings.js';
import { Fault, UsageError } from './io.js';

const folder = mkdtempSync(join(tmpdir(), 'nexora-settings-'));
const path = join(folder, 'demo.json');
const good = {
  api_url: 'http://127.0.0.1:8480', dashboard_url: 'http://127.0.0.1:8480', tracking_url: 'http://127.0.0.1:8481', api_key: 'nxm_live_demo', smtp_username: 'nexoramail', domain: 'd', sender: 'S <s@d>',
  smtp: { host: '127.0.0.1', submission_port: 2587, tls_port: 2465, ca_file: '/ca' }, sandbox_mx: { http_url: 'http://127.0.0.1:8025', dns_port: 8053 },
};
const resolve = (variables: Record<string, string> = {}): ReturnType<typeof resolveSettings> => resolveSettings({ cwd: '/nowhere', variables: { NEXORA_DATA_DIR: folder, ...variables } });

beforeEach(() => writeFileSync(path, JSON.stringify(good)));
afterAll(() => rmSync(folder, { recursive: true }));

describe('where calls go', () => {
  test('without variables: where demo.json says, with its key', () => {
    expect(resolve()).toMatchObject({ apiUrl: good.api_url, apiKey: 'nxm_live_demo', demo: { sender: 'S <s@d>' } });
  });

  test('a key of the environment goes first; the stack stays the demo', () => {
    expect(resolve({ NEXORA_API_KEY: ' nxm_live_mine\n', NEXORA_API_URL: `${good.api_url}/` })).toMatchObject({ apiUrl: good.api_url, apiKey: 'nxm_live_mine', demo: {} });
  });

  test("the demo's key never goes to another address", () => {
    expect(() => resolve({ NEXORA_API_URL: 'https://mail.example' })).toThrow(Fault);
    expect(resolve({ NEXORA_API_URL: 'https://mail.example', NEXORA_API_KEY: 'k' })).toEqual({ apiUrl: 'https://mail.example', apiKey: 'k', demo: undefined });
  });

  test('an address that is none is a wrong call', () => {
    expect(() => resolve({ NEXORA_API_URL: 'ftp://x', NEXORA_API_KEY: 'k' })).toThrow(UsageError);
    expect(() => resolve({ NEXORA_API_URL: 'mail', NEXORA_API_KEY: 'k' })).toThrow(UsageError);
  });

  test('nothing started and nothing given: the command that starts it', () => {
    rmSync(path);
    expect(() => resolve()).toThrow(/No NexoraMail has been started here/);
    expect(resolve({ NEXORA_API_KEY: 'k' })).toMatchObject({ apiUrl: 'http://127.0.0.1:8080', demo: undefined });
  });
});

test.each([
  ['{', 'it is not JSON'], ['[]', '`smtp` is missing or of the wrong kind'], ['null', '`the object` is missing or of the wrong kind'],
  [JSON.stringify({ ...good, smtp: { ...good.smtp, tls_port: 'secret' } }), '`smtp.tls_port` is missing or of the wrong kind'],
  [JSON.stringify({ ...good, api_url: 'secret' }), '`api_url` is missing or of the wrong kind'],
])('a broken demo.json is told by the name of a member, never by a value: %s', (text, reason) => {
  writeFileSync(path, text);
  expect(readDemo(path)).toEqual({ state: 'broken', reason });
  expect(() => resolve()).toThrow(reason);
});
