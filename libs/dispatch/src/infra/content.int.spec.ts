import { beforeEach, expect, test } from '@jest/globals';
import { testRuntime, usePostgres } from '@nexoramail/testing';
import { GetContent } from '../application/read/get-content.js';
import type { NewMessage } from '../domain/submission.js';
import { aMessage, ACME, OTHER } from '../fixtures/a-message.js';
import { Neighbours } from '../fixtures/neighbours.js';
import { MIGRATIONS } from '../migrations.js';
import { buildAccept, buildContent, type AcceptParts, type ContentParts } from './build-accept.js';
import { encodeComposed } from './composed-content.js';
import { PgContentReader } from './pg-content-reader.js';
import { PgSwitches } from './pg-switches.js';

const postgres = usePostgres({ schema: 'mail', migrations: MIGRATIONS });
const runtime = testRuntime({ databases: { mail: () => postgres.url } });
const { ids, manual } = runtime;
let accept: AcceptParts;
let content: ContentParts;
let read: GetContent;
let unregister = (): void => undefined;

const one = (text: string) => ({ name: '', text });

beforeEach(async () => {
  unregister();
  await postgres.truncate();
  await postgres.db.query(one('INSERT INTO switches DEFAULT VALUES'));
  unregister = new Neighbours().register(runtime.rpc);
  content = buildContent(runtime, postgres.db);
  accept = buildAccept(runtime, postgres.db, content, new PgSwitches(postgres.db, runtime.monotonic));
  read = new GetContent(new PgContentReader(postgres.db, content.cipher));
});

async function send(changes: Parameters<typeof aMessage>[1] = {}): Promise<NewMessage> {
  const message = aMessage(ids, changes);
  expect((await accept.submit.execute([message]))[0]?.kind).toBe('ok');
  return message;
}
const codeOf = (work: Promise<unknown>): Promise<unknown> => work.then(() => 'read', ({ code }: { code: unknown }) => code);

test('composed content comes back as it was given, without bcc; scheduled for another day too', async () => {
  const recipients = [{ address: 'ann@x.example', kind: 'to', displayName: 'Ann' }, { address: 'bob@x.example', kind: 'cc', displayName: '' }, { address: 'eve@x.example', kind: 'bcc', displayName: '' }];
  const bytes = encodeComposed({
    from: 'Acme <shop@acme.example>', subject: 'Grüße', recipients,
    composed: { html: '<p>x</p>', text: undefined, replyTo: ['help@acme.example'], headers: [{ name: 'X-Order', value: '17' }], attachments: [{ filename: 'a.png', contentType: 'image/png', contentId: 'logo', content: Buffer.alloc(7) }] },
  });
  const { id } = await send({ content: { kind: 'composed', bytes, replyTo: [] }, scheduledAt: new Date(manual.now().getTime() + 9 * 86_400_000) });
  expect(await read.execute(ACME, 'live', id)).toEqual({
    from: 'Acme <shop@acme.example>', to: ['Ann <ann@x.example>'], cc: ['bob@x.example'], subject: 'Grüße', html: '<p>x</p>', text: undefined,
    headers: [{ name: 'Reply-To', value: 'help@acme.example' }, { name: 'X-Order', value: '17' }], attachments: [{ filename: 'a.png', contentType: 'image/png', contentId: 'logo', size: 7 }],
  });
});

test('submitted MIME of several frames is read as MIME', async () => {
  const bytes = Buffer.from(`From: a@acme.example\r\nTo: b@x.example\r\nSubject: S\r\n\r\n${'x'.repeat(1_200_000)}`);
  const { id } = await send({ source: 'smtp', content: { kind: 'raw', bytes, replyTo: [] } });
  expect((await read.execute(ACME, 'live', id)).text).toHaveLength(1_200_000);
});

test('sec-A53: not of another account or mode; sensitive for nobody; purged once its rows or its key are gone', async () => {
  const { id } = await send();
  const { id: secret } = await send({ sensitive: true });
  expect(await Promise.all([read.execute(OTHER, 'live', id), read.execute(ACME, 'test', id), read.execute(ACME, 'live', 'nonsense'), read.execute(OTHER, 'live', secret)].map(codeOf))).toEqual(Array.from({ length: 4 }, () => 'not_found'));
  expect(await codeOf(read.execute(ACME, 'live', secret))).toBe('insufficient_scope');
  expect(await codeOf(read.execute(ACME, 'live', id))).toBe('read');
  const { rows } = await postgres.db.query<{ epoch_id: string }>({ name: '', text: 'SELECT epoch_id FROM content_key WHERE message_id = $1' }, [id]);
  await content.vault.destroy(rows[0]?.epoch_id ?? '');
  content.cipher.forget(rows[0]?.epoch_id ?? '');
  expect(await codeOf(read.execute(ACME, 'live', id))).toBe('content_purged');
  await postgres.db.query(one('DELETE FROM content_key'));
  expect(await codeOf(read.execute(ACME, 'live', id))).toBe('content_purged');
});
