import { expect, test } from '@jest/globals';
import { curlOf } from './curl.js';

test('the command is one that a shell can run', () => {
  const command = curlOf('http://127.0.0.1:8080', 'demo.example');
  expect(command.split('\n')).toHaveLength(4);
  expect(JSON.parse(/-d '(.*)'$/.exec(command)?.[1] ?? '')).toMatchObject({ from: 'hello@demo.example', to: 'delivered@sandbox.test', category: 'account.notice' });
  expect(curlOf('http://x', "o'brien.example")).toContain(String.raw`hello@o'\''brien.example`);
});
