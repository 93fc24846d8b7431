import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { makeAccount, signIn } from './support/people.js';
import { submissionSession } from './support/smtp.js';
import { Stack } from './support/stack.js';

let stack: Stack;
beforeAll(async () => { stack = await Stack.start(); });
afterAll(async () => { await stack.stop(); });

test('sec-A56: 200 parallel sends over both doors at limit − 50 accept exactly 50', async () => {
  const account = await makeAccount(stack, await signIn(stack, stack.demo.staff), { limit: 50 });
  const as = { authorization: `Bearer ${account.apiKey}` };
  const rest = Array.from({ length: 120 }, async (_, i) => {
    const { status, body } = await stack.api('POST', '/v1/emails', stack.mail(`delivered+q${i}@sandbox.test`, { from: account.sender }), as);
    return status === 202 ? 'accepted' : `${status} ${(body as { code: string }).code}`;
  });
  const smtp = Array.from({ length: 8 }, async (_, session) => {
    const client = await submissionSession(stack, account.apiKey);
    const answers: string[] = [];
    for (let i = 0; i < 10; i += 1) {
      const to = `delivered+s${session}-${i}@sandbox.test`;
      const answer = await client.send(`mail@${account.domain}`, [to], `From: ${account.sender}\r\nTo: ${to}\r\nSubject: Receipt\r\nX-Nexora-Category: commerce.receipt\r\n\r\nThank you.`);
      answers.push(answer.startsWith('250') ? 'accepted' : answer.slice(0, 9));
    }
    client.close();
    return answers;
  });
  const answers = [...(await Promise.all(rest)), ...(await Promise.all(smtp)).flat()];
  expect(answers).toHaveLength(200);
  expect(answers.filter((answer) => answer === 'accepted')).toHaveLength(50);
  expect(new Set(answers)).toEqual(new Set(['accepted', '429 quota_exceeded', '550 5.7.1']));
});
