import { expect, test } from '@jest/globals';
import { NexoraMail } from '@nexoramail/sdk';
import { SessionTransport } from './session-transport.js';

/** A client over a fetch that answers by script and notes what it was asked. */
function setup(...answers: Response[]): { nexora: NexoraMail; asked: Request[]; expired: () => number } {
  const asked: Request[] = [];
  let expired = 0;
  const transport = new SessionTransport({
    mode: 'test', csrf: () => 'token-1', onUnauthorized: () => { expired += 1; }, baseUrl: 'http://dashboard.example', sleep: () => Promise.resolve(),
    fetch: (input, init) => {
      asked.push(new Request(input, init));
      return Promise.resolve(answers.length > 1 ? (answers.shift() as Response) : (answers[0]?.clone() as Response));
    },
  });
  return { nexora: new NexoraMail(undefined, { transport }), asked, expired: () => expired };
}

test('reads carry the mode, writes the CSRF token too, and neither a key', async () => {
  const { nexora, asked } = setup(Response.json({ data: [] }), new Response(null, { status: 204 }));
  await nexora.webhooks.list().page();
  await nexora.apiKeys.revoke('key_1');
  expect(asked.map(({ headers }) => [headers.get('x-nexora-mode'), headers.get('x-nexora-csrf'), headers.get('authorization')])).toEqual([['test', null, null], ['test', 'token-1', null]]);
  expect(asked[0]?.credentials).toBe('same-origin');
});

test('401 is told once and stays an error; 403 is no end of a session', async () => {
  const ended = setup(Response.json({ code: 'unauthorized', retryable: false }, { status: 401 }));
  await expect(ended.nexora.emails.get('em_1')).rejects.toMatchObject({ code: 'unauthorized' });
  expect(ended.expired()).toBe(1);
  const forbidden = setup(Response.json({ code: 'insufficient_scope', retryable: false }, { status: 403 }));
  await expect(forbidden.nexora.emails.get('em_1')).rejects.toMatchObject({ status: 403 });
  expect(forbidden.expired()).toBe(0);
});
