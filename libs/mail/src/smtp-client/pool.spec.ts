import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ManualClock } from '@nexoramail/kernel';
import type { OutgoingMessage } from './message.js';
import type { Outcome } from './outcome.js';
import { SmtpPool, type PoolOptions } from './pool.js';
import { ManualScheduler } from './scheduler.js';
import { nodeSockets } from './sockets.js';
import { ScriptedPeer, standardPeer, type OnLine } from './test-support/scripted-peer.js';
import { RFC_TIMEOUTS } from './timeouts.js';

const CONTENT = Buffer.from('Subject: x\r\n\r\n.dot\r\nbody\r\n');
let scheduler: ManualScheduler;
let pool: SmtpPool;
let peer: ScriptedPeer;
const peers: ScriptedPeer[] = [];

const mute: OnLine = () => undefined;

const newPool = (options: Partial<PoolOptions> = {}): SmtpPool => new SmtpPool({
  sockets: nodeSockets(), scheduler, clock: new ManualClock(), monotonic: { now: () => scheduler.now() }, timeouts: RFC_TIMEOUTS, clientName: 'worker.example', limitFor: () => 1, ...options,
});

const start = async (onLine: OnLine, greeting: string | undefined = '220 peer ESMTP\r\n'): Promise<ScriptedPeer> => {
  peer = await ScriptedPeer.start(greeting, onLine);
  peers.push(peer);
  return peer;
};

const send = (message: Partial<OutgoingMessage> = {}, signal?: AbortSignal): Promise<Outcome> =>
  pool.send({ key: 'site', port: peer.port, hosts: [{ host: 'mx.peer.example', ip: '127.0.0.1' }] }, { from: 'bounce@us.example', to: 'ann@peer.example', content: CONTENT, ...message }, signal);

/** Lets what was sent arrive and be read. */
const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 30; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};

/** Lets sockets and promises run until `done` holds. */
const until = async (done: () => boolean): Promise<void> => {
  while (!done()) await new Promise((resolve) => setImmediate(resolve));
};

const dialogue = (outcome: Outcome): string[] => outcome.transcript.map(({ dir, line }) => `${dir}: ${line}`);

beforeEach(() => {
  scheduler = new ManualScheduler();
  pool = newPool();
});

afterEach(async () => {
  await Promise.all(peers.splice(0).map((one) => one.stop()));
  await pool.close();
});

describe('an attempt', () => {
  it('is accepted with the dialogue, without text, and stuffs dots', async () => {
    await start(standardPeer({ '.': () => '250 2.0.0 queued as 42\r\n' }));
    const outcome = await send();
    expect(outcome).toMatchObject({ kind: 'accepted', stage: 'end', reply: { code: 250, enhanced: '2.0.0', text: 'queued as 42' }, mx: 'mx.peer.example', ip: '127.0.0.1', tls: null, aborted: false });
    expect(dialogue(outcome).slice(1)).toEqual([
      's: 220 peer ESMTP', 'c: EHLO worker.example', 's: 250-peer', 's: 250-PIPELINING', 's: 250-8BITMIME', 's: 250 SIZE 1000000',
      `c: MAIL FROM:<bounce@us.example> SIZE=${CONTENT.length}`, 'c: RCPT TO:<ann@peer.example>', 'c: DATA', 's: 250 2.0.0 ok', 's: 250 2.0.0 ok', 's: 354 go',
      `c: (${CONTENT.length} octets of text)`, 'c: .', 's: 250 2.0.0 queued as 42',
    ]);
    expect(peer.received).toContain('..dot');
    expect(JSON.stringify(outcome)).not.toContain('body');
  });

  it.each([
    ['MAIL', '451 4.7.1 later', 'deferred', 'mail'], ['MAIL', '550 5.7.1 no', 'rejected', 'mail'],
    ['RCPT', '450 4.2.1 busy', 'deferred', 'rcpt'], ['RCPT', '550 5.1.1 who', 'rejected', 'rcpt'],
    ['DATA', '421 4.3.2 stop', 'deferred', 'data'], ['DATA', '554 5.5.1 no', 'rejected', 'data'],
    ['.', '452 4.3.1 full', 'deferred', 'end'], ['.', '552 5.2.2 too big', 'rejected', 'end'], ['.', '421 4.3.2 stop', 'deferred', 'end'],
  ])('%s answered %s is %s', async (verb, line, kind, stage) => {
    await start(standardPeer({ [verb]: () => `${line}\r\n` }));
    const outcome = await send();
    expect(outcome).toMatchObject({ kind, stage, fault: null, reply: { code: Number(line.slice(0, 3)), enhanced: line.slice(4, 9) } });
  });

  it('ends an asked-for text with a lone dot when the recipient was refused, and goes on with RSET', async () => {
    let refuse = true;
    await start(standardPeer({ RCPT: () => (refuse ? '550 5.1.1 who\r\n' : '250 ok\r\n'), '.': () => (refuse ? '554 5.5.1 no valid recipients\r\n' : '250 2.0.0 ok\r\n') }));
    expect((await send()).kind).toBe('rejected');
    await until(() => pool.size.idle === 1);
    refuse = false;
    expect((await send()).kind).toBe('accepted');
    expect(peer.sessions).toBe(1);
    const after = peer.received.slice(peer.received.indexOf('.') + 1);
    expect(after.slice(0, 2)).toEqual(['RSET', `MAIL FROM:<bounce@us.example> SIZE=${CONTENT.length}`]);
    expect(peer.received.slice(0, peer.received.indexOf('.'))).not.toContain('body');
  });

  it('is unknown when the peer drops after the final dot, deferred when it drops before', async () => {
    await start(standardPeer({ '.': (_, socket) => void socket.destroy() }));
    expect(await send()).toMatchObject({ kind: 'unknown', stage: 'end', fault: 'connection_lost', reply: null, aborted: false });
    await start(standardPeer({ DATA: (_, socket) => void socket.destroy() }));
    expect(await send()).toMatchObject({ kind: 'deferred', stage: 'data', fault: 'connection_lost' });
  });

  it('is unknown when the reply to the final dot is cut in half, or never comes', async () => {
    await start(standardPeer({ '.': (_, socket) => { socket.end('250 2.0'); return undefined; } }));
    const half = await send();
    expect(half).toMatchObject({ kind: 'unknown', reply: null });
    expect(dialogue(half).at(-1)).toBe('s: 250 2.0');
    await start(standardPeer({ '.': () => undefined }));
    const silent = send();
    await until(() => peer.received.at(-1) === '.');
    scheduler.advance(RFC_TIMEOUTS.finalDotMs - 1);
    expect(peer.open).toBe(1);
    scheduler.advance(1);
    expect(await silent).toMatchObject({ kind: 'unknown', fault: 'timeout' });
  });

  it.each([['greeting', undefined, {}, RFC_TIMEOUTS.greetingMs], ['mail', '220 x\r\n', { MAIL: mute, RCPT: mute, DATA: mute }, RFC_TIMEOUTS.mailMs], ['rcpt', '220 x\r\n', { RCPT: mute, DATA: mute }, RFC_TIMEOUTS.rcptMs], ['data', '220 x\r\n', { DATA: mute }, RFC_TIMEOUTS.dataMs]] as const)(
    'is deferred when the peer says nothing at %s for the time of RFC 5321', async (stage, greeting, overrides, ms) => {
      peer = await ScriptedPeer.start(greeting, standardPeer(overrides));
      peers.push(peer);
      const outcome = send();
      await until(() => (stage === 'greeting' ? peer.sessions === 1 && scheduler.waiting === 1 : peer.received.at(-1) === 'DATA'));
      await settle();
      scheduler.advance(ms - 1);
      expect(peer.open).toBe(1);
      scheduler.advance(1);
      expect(await outcome).toMatchObject({ kind: 'deferred', stage, fault: 'timeout', reply: null });
    });

  it('asks before the final dot; no means nothing is sent, no try counted', async () => {
    await start(standardPeer());
    let asked = 0;
    const outcome = await send({ beforeFinalDot: () => { asked += 1; return false; } });
    expect(outcome).toMatchObject({ kind: 'deferred', fault: 'aborted', aborted: true });
    expect(asked).toBe(1);
    await until(() => peer.open === 0);
    expect(peer.received).not.toContain('body');
    expect(peer.received).not.toContain('.');
    const late = await send({ content: Buffer.from('x'.repeat(200_000).replace(/.{76}/g, '$&\r\n')), beforeFinalDot: () => Promise.reject(new Error('lease unreadable')) });
    expect(late).toMatchObject({ kind: 'deferred', aborted: true });
    await until(() => peer.open === 0);
    expect(peer.received).not.toContain('.');
  });

  it('is given up by its signal while it waits and during the envelope', async () => {
    await start(standardPeer({ RCPT: () => undefined, DATA: () => undefined }));
    const stop = new AbortController();
    const [busy, waiting] = [send({}, stop.signal), send({}, stop.signal)];
    await until(() => peer.received.at(-1) === 'DATA');
    await settle();
    stop.abort();
    expect(await busy).toMatchObject({ kind: 'deferred', stage: 'rcpt', aborted: true });
    expect(await waiting).toMatchObject({ kind: 'deferred', stage: 'local', aborted: true, mx: null });
  });

  it('goes step by step with a peer that does not pipeline', async () => {
    await start(standardPeer({ RCPT: (line) => (line.includes('no@') ? '550 5.1.1 who\r\n' : '250 ok\r\n') }, ['SIZE 1000']));
    expect((await send({ to: 'no@peer.example' })).kind).toBe('rejected');
    expect((await send()).kind).toBe('accepted');
    const verbs = peer.received.map((line) => line.split(/[ :]/, 1)[0]);
    expect(verbs.filter((verb) => /^[A-Z]{4}$/.test(verb ?? ''))).toEqual(['EHLO', 'MAIL', 'RCPT', 'RSET', 'MAIL', 'RCPT', 'DATA']);
  });

  it('falls back to HELO', async () => {
    await start(standardPeer({ EHLO: () => '502 what\r\n' }));
    expect((await send()).kind).toBe('accepted');
    expect(peer.received.slice(0, 3)).toEqual(['EHLO worker.example', 'HELO worker.example', 'MAIL FROM:<bounce@us.example>']);
  });

  it.each([
    ['8-bit text without 8BITMIME', { content: Buffer.from('\r\n\xe9\r\n', 'latin1') }, ['SIZE 1000'], '5.6.3'],
    ['a UTF-8 address without SMTPUTF8', { to: 'jürgen@peer.example' }, ['8BITMIME'], '5.6.7'],
    ['a text over SIZE', { content: Buffer.alloc(2_000, 'a') }, ['SIZE 1000'], '5.3.4'],
  ])('refuses %s by itself', async (_, message, offers, enhanced) => {
    await start(standardPeer({}, offers));
    expect(await send(message)).toMatchObject({ kind: 'rejected', stage: 'local', fault: 'capability_missing', reply: { enhanced } });
    expect(peer.received).toEqual(['EHLO worker.example']);
  });

  it('sec-A4 rejects a text with a bare line end and connects to nobody', async () => {
    await start(standardPeer());
    await expect(send({ content: Buffer.from('a\r\n.\nMAIL FROM:<e@e>\r\n') })).rejects.toThrow('bare CR, bare LF or NUL at octet 4');
    expect(peer.sessions).toBe(0);
  });

  it('sec-A9 never writes an address that could end its line', async () => {
    await start(standardPeer());
    for (const to of ['a@b>\r\nRCPT TO:<e@e', 'a@b> NOTIFY=NEVER', 'a b@c', 'a\0@b', '<a@b>']) {
      expect(await send({ to })).toMatchObject({ kind: 'rejected', stage: 'local' });
    }
    expect(peer.received.filter((line) => line.startsWith('MAIL'))).toEqual([]);
  });
});

describe('a hostile peer', () => {
  it.each([
    ['an endless multi-line reply', () => `${'250-x\r\n'.repeat(65)}250 x\r\n`],
    ['8 kB in one line', () => `250 ${'x'.repeat(9_000)}\r\n`],
    ['a line that never ends', () => 'x'.repeat(9_000)],
    ['changing codes', () => '250-a\r\n550 b\r\n'],
    ['no code', () => 'hello\r\n'],
    ['CR only', () => `250 ok\r${'y'.repeat(9_000)}`],
  ])('sec-A16 %s at MAIL defers and drops the connection', async (_, answer) => {
    await start(standardPeer({ MAIL: answer, RCPT: () => undefined, DATA: () => undefined }));
    expect(await send()).toMatchObject({ kind: 'deferred', stage: 'mail', fault: 'protocol_error', reply: null });
    await until(() => peer.open === 0);
  });

  it('sec-A16 encodes controls and foreign bytes of a refusal', async () => {
    await start(standardPeer({ RCPT: () => Buffer.from('550 5.1.1 no\0\x1b[31m \xe2\x80\xae\xc3\xa9\r\n', 'latin1') }));
    const outcome = await send();
    expect(outcome.reply?.text).toBe('no\\x00\\x1b[31m \\u202eé');
  });

  it('sec-A16 a reply before its command ends the connection', async () => {
    await start(standardPeer(), '220 hi\r\n250 ok\r\n');
    expect(await send()).toMatchObject({ kind: 'deferred', fault: 'protocol_error' });
    expect(peer.received).toEqual([]);
  });

  it('sec-A6 bytes behind the 220 of STARTTLS end the connection, without a second try in clear', async () => {
    for (const injected of ['220 go\r\n250-EVIL\r\n250 AUTH PLAIN\r\n', '220 go\r\n250-EV']) {
      await start(standardPeer({ STARTTLS: () => injected }, ['PIPELINING', 'STARTTLS']));
      expect(await send()).toMatchObject({ kind: 'deferred', stage: 'starttls', fault: 'starttls_injection', tls: null });
      expect(peer.sessions).toBe(1);
      expect(peer.received).toEqual(['EHLO worker.example', 'STARTTLS']);
    }
  });

  it('sec-A7 STARTTLS that is refused or broken: plain with a note, or deferred when TLS is required', async () => {
    await start(standardPeer({ STARTTLS: () => '454 4.7.0 no\r\n' }, ['PIPELINING', 'STARTTLS']));
    expect(await send()).toMatchObject({ kind: 'accepted', tls: null, tlsFault: 'STARTTLS: 454 no' });
    expect(await send({ requireTls: true })).toMatchObject({ kind: 'deferred', fault: 'tls_required' });
    await start(standardPeer({ STARTTLS: (_, socket) => { socket.write('220 go\r\n', () => socket.destroy()); return undefined; } }, ['PIPELINING', 'STARTTLS']));
    const fallen = await send();
    expect(fallen).toMatchObject({ kind: 'accepted', tls: null });
    expect(fallen.tlsFault).not.toBeNull();
    expect(peer.sessions).toBe(2);
    expect(await send({ requireTls: true })).toMatchObject({ kind: 'deferred', fault: 'tls_failed', tls: null });
    await start(standardPeer());
    expect(await send({ requireTls: true })).toMatchObject({ kind: 'deferred', fault: 'tls_required', detail: 'STARTTLS is not offered' });
    expect(peer.received).not.toContain('DATA');
  });

  it('sec-A7 a TLS handshake that never ends is given up and the message goes in clear, unless TLS is required', async () => {
    await start(standardPeer({ STARTTLS: (_, socket) => void socket.removeAllListeners('data').write('220 go\r\n') }, ['PIPELINING', 'STARTTLS']));
    const outcome = send();
    await until(() => peer.received.at(-1) === 'STARTTLS');
    await settle();
    scheduler.advance(RFC_TIMEOUTS.handshakeMs);
    expect(await outcome).toMatchObject({ kind: 'accepted', tls: null, tlsFault: `no TLS handshake within ${RFC_TIMEOUTS.handshakeMs} ms` });
    const strict = send({ requireTls: true });
    await until(() => peer.sessions === 3 && peer.received.at(-1) === 'STARTTLS');
    await settle();
    scheduler.advance(RFC_TIMEOUTS.handshakeMs);
    expect(await strict).toMatchObject({ kind: 'deferred', fault: 'tls_failed', tls: null });
  });

  it('answers in the middle of a large text: that answer counts and the connection ends', async () => {
    let lines = 0;
    await start(standardPeer({ text: (_, socket) => ((lines += 1) === 10 ? void socket.pause().write('552 5.3.4 enough\r\n') : undefined) }, ['PIPELINING']));
    const outcome = await send({ content: Buffer.from(`${'x'.repeat(76)}\r\n`.repeat(400_000)) });
    expect(outcome).toMatchObject({ kind: 'rejected', stage: 'data', reply: { code: 552 } });
  });

  it('takes no text: the attempt ends after three minutes', async () => {
    await start(standardPeer({ DATA: (_, socket) => { socket.pause(); return '354 go\r\n'; } }, ['PIPELINING', '8BITMIME']));
    const outcome = send({ content: Buffer.from(`${'x'.repeat(76)}\r\n`.repeat(400_000)) });
    let settled = false;
    void outcome.then(() => { settled = true; });
    while (!settled) {
      await settle();
      scheduler.advance(RFC_TIMEOUTS.blockMs);
    }
    expect(await outcome).toMatchObject({ kind: 'deferred', fault: 'timeout' });
  });
});

describe('the pool', () => {
  it('keeps connections within the limit and sends the next envelope with the text before it', async () => {
    await start(standardPeer());
    pool = newPool({ limitFor: () => 3 });
    const outcomes = await Promise.all(Array.from({ length: 60 }, (_, i) => send({ to: `r${i}@peer.example` })));
    expect(outcomes.every(({ kind }) => kind === 'accepted')).toBe(true);
    expect(peer.sessions).toBe(3);
    expect(new Set(peer.received.filter((line) => line.startsWith('RCPT'))).size).toBe(60);
    expect(peer.received).not.toContain('RSET');
  });

  it('closes a connection after its messages and after idling', async () => {
    await start(standardPeer());
    pool = newPool({ maxMessagesPerConnection: 2, idleMs: 5_000 });
    for (let i = 0; i < 5; i += 1) await send();
    expect(peer.sessions).toBe(3);
    await until(() => pool.size.idle === 1);
    scheduler.advance(5_000);
    await until(() => peer.open === 0);
    expect(pool.size).toEqual({ open: 0, idle: 0, waiting: 0 });
    expect(peer.received.filter((line) => line === 'QUIT')).toHaveLength(3);
  });

  it('gives the places of idle connections to other sites when all are taken', async () => {
    await start(standardPeer());
    pool = newPool({ maxConnections: 1 });
    const to = (key: string): Promise<Outcome> => pool.send({ key, port: peer.port, hosts: [{ host: 'mx.peer.example', ip: '127.0.0.1' }] }, { from: '', to: 'a@b.example', content: CONTENT });
    expect((await to('one')).kind).toBe('accepted');
    await until(() => pool.size.idle === 1);
    expect((await to('two')).kind).toBe('accepted');
    const mixed = await Promise.all(['one', 'two', 'three', 'one', 'two', 'three'].map(to));
    expect(mixed.map(({ kind }) => kind)).toEqual(Array.from({ length: 6 }, () => 'accepted'));
    expect(pool.size.open).toBeLessThanOrEqual(1);
  });

  it('never waits for another site but at the total limit', async () => {
    await start(standardPeer());
    const stuck = new AbortController();
    const held = pool.send({ key: 'tarpit', port: peer.port, hosts: [{ host: 'mx.a.example', ip: '127.0.0.1' }] }, { from: '', to: 'stuck@a.example', content: CONTENT, beforeFinalDot: () => new Promise(() => undefined) }, stuck.signal);
    await until(() => peer.received.at(-1) === 'DATA');
    for (let i = 0; i < 5; i += 1) expect((await send()).kind).toBe('accepted');
    stuck.abort();
    expect((await held).aborted).toBe(true);
  });

  it('closes connections above a limit that was lowered', async () => {
    await start(standardPeer());
    let limit = 3;
    pool = newPool({ limitFor: () => limit });
    await Promise.all(Array.from({ length: 30 }, () => send()));
    await until(() => pool.size.idle === 3);
    limit = 1;
    await Promise.all(Array.from({ length: 3 }, () => send()));
    await until(() => pool.size.open === 1);
    expect(peer.received.filter((line) => line === 'QUIT')).toHaveLength(2);
  });

  it('goes over a fresh connection when the kept one turns out to be dead', async () => {
    await start(standardPeer({ MAIL: (line, socket, session) => (session === 1 && line.includes('second') ? void socket.destroy() : '250 ok\r\n') }));
    expect((await send()).kind).toBe('accepted');
    const outcome = await send({ from: 'second@us.example' });
    expect(outcome.kind).toBe('accepted');
    expect(peer.sessions).toBe(2);
    expect(dialogue(outcome)).toContain('s: 220 peer ESMTP');
  });

  it('a fresh connection that dies too is a failure', async () => {
    await start(standardPeer({ MAIL: (line, socket) => (line.includes('second') ? void socket.destroy() : '250 ok\r\n') }));
    await send();
    expect(await send({ from: 'second@us.example' })).toMatchObject({ kind: 'deferred', stage: 'mail', fault: 'connection_lost' });
    expect(peer.sessions).toBe(2);
  });

  it('a cut after the dot is unknown for that message only: the one whose envelope went along is sent elsewhere', async () => {
    await start(standardPeer({ '.': (_, socket, session) => (session === 1 ? void socket.destroy() : '250 2.0.0 ok\r\n') }));
    const [first, second] = await Promise.all([send(), send({ to: 'bob@peer.example' })]);
    expect(first.kind).toBe('unknown');
    expect(second.kind).toBe('accepted');
    expect(peer.sessions).toBe(2);
  });

  it('tries the next host when one does not answer, and asks the dead one last for a minute', async () => {
    await start(standardPeer());
    const route = { key: 'two', port: peer.port, hosts: [{ host: 'mx1.peer.example', ip: '127.0.0.3' }, { host: 'mx2.peer.example', ip: '127.0.0.1' }] };
    const message = { from: '', to: 'ann@peer.example', content: CONTENT };
    pool = newPool({ maxMessagesPerConnection: 1 });
    const first = await pool.send(route, message);
    expect(first).toMatchObject({ kind: 'accepted', mx: 'mx2.peer.example' });
    expect(dialogue(first)).toContain(`c: (connecting to mx1.peer.example, 127.0.0.3:${peer.port})`);
    expect(dialogue(await pool.send(route, message))[0]).toContain('mx2.peer.example');
    scheduler.advance(60_001);
    expect(dialogue(await pool.send(route, message))[0]).toContain('mx1.peer.example');
  });

  it('no host answers: deferred; every host says 5xx: rejected', async () => {
    await start(standardPeer());
    const { port } = peer;
    await peer.stop();
    peers.splice(0);
    expect(await pool.send({ key: 'none', port, hosts: [{ host: 'mx.peer.example', ip: '127.0.0.1' }] }, { from: '', to: 'a@b.example', content: CONTENT })).toMatchObject({ kind: 'deferred', stage: 'connect', fault: 'connection_refused', mx: 'mx.peer.example' });
    await start(standardPeer(), '554 5.7.1 go away\r\n');
    expect(await send()).toMatchObject({ kind: 'rejected', stage: 'greeting', reply: { code: 554, enhanced: '5.7.1', text: 'go away' } });
  });

  it('gives up what waits and ends what is on its way when it closes', async () => {
    let finish: (() => void) | undefined;
    const hold = (answer: string): OnLine => () => (finish === undefined ? answer : undefined); // in order: nothing before the answer to the dot
    await start(standardPeer({
      '.': (_, socket) => { finish = () => void socket.write('250 2.0.0 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n'); return undefined; },
      MAIL: hold('250 ok\r\n'), RCPT: hold('250 ok\r\n'), DATA: hold('354 go\r\n'),
    }));
    const busy = send();
    const waiting = [send(), send()];
    await until(() => peer.received.at(-1) === 'DATA' && peer.received.includes('.'));
    const closed = pool.close();
    finish?.();
    expect((await busy).kind).toBe('accepted');
    expect((await Promise.all(waiting)).map(({ kind, aborted }) => [kind, aborted])).toEqual([['deferred', true], ['deferred', true]]);
    await closed;
    expect(pool.size.open).toBe(0);
  });

  it('authenticates to a smarthost and keeps the password out of the transcript', async () => {
    const step = { AUTH: (line: string) => (line.startsWith('AUTH LOGIN') ? '334 VXNlcm5hbWU6\r\n' : '235 2.7.0 ok\r\n'), 'DXNLCG==': () => '235 ok\r\n' };
    for (const mechanism of ['PLAIN', 'LOGIN']) {
      await start(standardPeer({ ...step, [Buffer.from('user').toString('base64').toUpperCase()]: () => '334 UGFzc3dvcmQ6\r\n', [Buffer.from('pass-word').toString('base64').toUpperCase()]: () => '235 2.7.0 ok\r\n' }, ['PIPELINING', `AUTH ${mechanism}`]));
      const credentials = { username: 'user', password: 'pass-word', plainAllowed: true };
      const outcome = await pool.send({ key: mechanism, port: peer.port, hosts: [{ host: 'relay.example', ip: '127.0.0.1' }], credentials }, { from: '', to: 'a@b.example', content: CONTENT });
      expect(outcome.kind).toBe('accepted');
      expect(JSON.stringify(outcome)).not.toMatch(/pass-word|cGFzcy13b3Jk|AHVzZXIAcGFzcy13b3Jk/);
      const refused = await pool.send({ key: `${mechanism} clear`, port: peer.port, hosts: [{ host: 'relay.example', ip: '127.0.0.1' }], credentials: { username: 'other', password: 'p' } }, { from: '', to: 'a@b.example', content: CONTENT });
      expect(refused).toMatchObject({ kind: 'deferred', stage: 'auth', fault: 'auth_unavailable' });
    }
  });
});
