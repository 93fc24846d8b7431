import { expect, test } from '@jest/globals';
import type { DemoFile } from './demo-file.js';
import { readyLines } from './ready-lines.js';

const demo: DemoFile = {
  api_url: 'http://127.0.0.1:8080', dashboard_url: 'http://127.0.0.1:8080', tracking_url: 'http://127.0.0.1:8081', smtp: { host: '127.0.0.1', submission_port: 2587, tls_port: 2465, ca_file: '/data/tls/ca.pem' },
  api_key: 'nxm_live_x', test_api_key: 'nxm_test_x', smtp_username: 'nexoramail', account_id: 'acc_1', domain: 'shop.nexora.test', sender: "Demo's Shop <receipts@shop.nexora.test>",
  owner: { email: 'o@x.test', password: 'p', totp_secret: 's' }, staff: { email: 's@x.test', password: 'p', totp_secret: 's' }, sandbox_mx: { smtp_port: 2600, http_url: 'http://127.0.0.1:8025', dns_port: 8053 },
};

test('the ready line comes first, then addresses, the sign-in, and one command on a line of its own', () => {
  const lines = readyLines(demo, 3.84);
  const text = lines.filter((line) => line !== '');
  expect(text[0]).toBe('NexoraMail is ready (3.8 s)');
  expect(text.filter((line) => line.startsWith('curl '))).toHaveLength(1);
  for (const part of ['http://127.0.0.1:8080/docs', 'http://127.0.0.1:8025', '127.0.0.1:2587', 'o@x.test / p']) expect(lines.join('\n')).toContain(part);
});

test('a quote in the sender does not end the command', () => {
  const curl = readyLines(demo, 1).find((line) => line.startsWith('curl ')) ?? '';
  const body = /-d '(.*)'$/.exec(curl)?.[1] ?? '';
  expect(body.replaceAll("'\\''", "'")).toContain("Demo's Shop");
  expect(body.replaceAll("'\\''", '')).not.toContain("'");
});
