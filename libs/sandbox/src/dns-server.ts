import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { createServer, type Server, type Socket } from 'node:net';
import { AUTHORITATIVE_ANSWER, decode, encode, RECURSION_AVAILABLE, RECURSION_DESIRED, TRUNCATED_RESPONSE, type Answer, type DecodedPacket, type Packet } from 'dns-packet';
import type { Scheduler } from '@nexoramail/mail';
import { mxValue, type DnsZone, type ZoneRecord } from './dns-zone.js';

const UDP_LIMIT = 1_232; // what fits every path (dnsflagday.net/2020)
const TCP_LIMIT = 65_535;
const TCP_IDLE_MS = 10_000;
const MAX_TCP_CLIENTS = 200;
const RCODES = { NOERROR: 0, FORMERR: 1, SERVFAIL: 2, NXDOMAIN: 3, NOTIMP: 4 } as const;

/** Answers DNS over UDP and TCP on one port from a {@link DnsZone} (RFC 1035, RFC 6891, RFC 7766). */
export class DnsServer {
  private udp: UdpSocket | undefined;
  private tcp: Server | undefined;
  private readonly clients = new Set<Socket>();

  constructor(private readonly zone: DnsZone, private readonly scheduler: Scheduler) {}

  /** Listens and gives the port; port 0 takes a free one. */
  async listen(port: number, host: string): Promise<number> {
    for (let tries = 0; ; tries += 1) {
      const udp = createSocket({ type: host.includes(':') ? 'udp6' : 'udp4' });
      const taken = await new Promise<number>((resolve, reject) => {
        udp.once('error', reject).bind({ port, address: host, exclusive: true }, () => resolve(udp.address().port));
      });
      const tcp = createServer((socket) => this.accept(socket));
      try {
        await new Promise<void>((resolve, reject) => void tcp.once('error', reject).listen(taken, host, resolve));
      } catch (error) {
        udp.close();
        if (port === 0 && tries < 20) continue; // another program has the same TCP port
        throw error;
      }
      udp.removeAllListeners('error').on('error', () => undefined); // an unreachable client is no concern of ours
      udp.on('message', (query, from) => {
        this.respond(query, UDP_LIMIT, (answer) => this.udp?.send(answer, from.port, from.address));
      });
      this.udp = udp;
      this.tcp = tcp;
      return taken;
    }
  }

  /** Closes both sockets. */
  async close(): Promise<void> {
    const { udp, tcp } = this;
    this.udp = this.tcp = undefined;
    for (const client of this.clients) client.destroy();
    await Promise.all([
      udp && new Promise<void>((resolve) => void udp.close(() => resolve())),
      tcp && new Promise<void>((resolve) => void tcp.close(() => resolve())),
    ]);
  }

  private accept(socket: Socket): void {
    if (this.clients.size >= MAX_TCP_CLIENTS) return void socket.destroy();
    this.clients.add(socket);
    let buffer = Buffer.alloc(0);
    socket.setTimeout(TCP_IDLE_MS, () => socket.destroy());
    socket.on('error', () => socket.destroy()).on('close', () => this.clients.delete(socket));
    socket.on('data', (chunk) => {
      buffer = Buffer.concat([buffer, chunk]);
      while (buffer.length >= 2 && buffer.length >= 2 + buffer.readUInt16BE(0)) {
        const end = 2 + buffer.readUInt16BE(0);
        this.respond(buffer.subarray(2, end), TCP_LIMIT, (answer) => {
          const head = Buffer.alloc(2);
          head.writeUInt16BE(answer.length);
          if (socket.writable) socket.write(Buffer.concat([head, answer]));
        });
        buffer = buffer.subarray(end);
      }
    });
  }

  private respond(bytes: Buffer, limit: number, send: (answer: Buffer) => void): void {
    if (bytes.length < 12 || ((bytes[2] ?? 0) & 0x80) !== 0) return; // too short for an id, or an answer: never answer those
    let query: DecodedPacket;
    try {
      query = decode(bytes);
    } catch {
      const refusal = Buffer.alloc(12);
      bytes.copy(refusal, 0, 0, 2);
      refusal.writeUInt16BE(0x8000 | RCODES.FORMERR, 2);
      return send(refusal);
    }
    const question = query.questions?.[0];
    const opcode = ((bytes[2] ?? 0) >> 3) & 15;
    if (opcode !== 0 || question === undefined || query.questions?.length !== 1) {
      return send(this.packet(query, opcode === 0 ? 'FORMERR' : 'NOTIMP', [], limit));
    }
    const answer = this.zone.lookup(question.name, question.type);
    if (answer.rcode === 'TIMEOUT') return;
    const rcode = answer.rcode;
    const records = answer.records.flatMap((record) => toAnswers(record, record.name === question.name.toLowerCase() ? question.name : record.name));
    const reply = (): void => send(this.packet(query, rcode, records, limit));
    if (answer.delayMs > 0) this.scheduler.after(answer.delayMs, reply);
    else reply();
  }

  private packet(query: DecodedPacket, rcode: keyof typeof RCODES, answers: readonly Answer[], limit: number): Buffer {
    const edns = query.additionals?.find((record) => record.type === 'OPT');
    const room = limit === TCP_LIMIT ? TCP_LIMIT : Math.min(limit, Math.max(512, edns?.udpPayloadSize ?? 512));
    const questions = query.questions ?? [];
    const build = (kept: readonly Answer[], extra: number): Buffer => encode({
      type: 'response',
      id: query.id ?? 0,
      flags: AUTHORITATIVE_ANSWER | RECURSION_AVAILABLE | ((query.flags ?? 0) & RECURSION_DESIRED) | extra | RCODES[rcode],
      questions,
      answers: [...kept],
      authorities: kept.some(({ type }) => type === questions[0]?.type) ? [] : [this.soa(questions[0]?.name ?? '')],
      additionals: edns === undefined ? [] : [{ type: 'OPT', name: '.', udpPayloadSize: UDP_LIMIT, extendedRcode: 0, ednsVersion: 0, flags: 0, flag_do: false, options: [] }],
    } satisfies Packet);
    if (room < TCP_LIMIT) {
      const whole = build(answers, 0);
      return whole.length <= room ? whole : build([], TRUNCATED_RESPONSE);
    }
    for (let kept = answers.length; ; kept = Math.floor(kept * 0.9)) { // what one TCP answer cannot hold is left out
      const whole = build(answers.slice(0, kept), 0);
      if (whole.length <= room) return whole;
    }
  }

  private soa(name: string): Answer {
    const zone = name.split('.').slice(-2).join('.') || 'sandbox.test';
    return { type: 'SOA', name: zone, ttl: 1, data: { mname: 'ns.sandbox.test', rname: 'hostmaster.sandbox.test', serial: this.zone.serial, refresh: 60, retry: 60, expire: 600, minimum: 1 } };
  }
}

function toAnswers(record: Required<ZoneRecord>, name: string): Answer[] {
  const { type, ttl } = record;
  return record.values.flatMap((value): Answer[] => {
    switch (type) {
      case 'MX': return [{ type, name, ttl, data: mxValue(value) }];
      case 'TXT': return [{ type, name, ttl, data: strings(value) }];
      case 'A': case 'AAAA': case 'CNAME': case 'NS': return [{ type, name, ttl, data: type === 'CNAME' || type === 'NS' ? value.replace(/\.$/, '') : value }];
      default: return [];
    }
  });
}

/** A TXT value in strings of at most 255 octets (RFC 1035 §3.3). */
function strings(value: string): Buffer[] {
  const bytes = Buffer.from(value, 'utf8');
  const parts: Buffer[] = [];
  for (let from = 0; from === 0 || from < bytes.length; from += 255) parts.push(bytes.subarray(from, from + 255));
  return parts;
}
