import { createPrivateKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { isIPv4, isIPv6 } from 'node:net';
import type { Clock, Random } from '@nexoramail/kernel';
import { der, objectId, sequence, time, unsignedInteger } from './der.js';

const DAY_MS = 86_400_000;
const ECDSA_SHA256 = sequence(objectId('1.2.840.10045.4.3.2'));

/** A certificate with its private key, PEM. */
export interface ServerCertificate {
  readonly cert: string;
  readonly key: string;
}

const nameOf = (commonName: string): Buffer => sequence(der(0x31, sequence(objectId('2.5.4.3'), der(0x0c, Buffer.from(commonName.slice(0, 64))))));
const extension = (id: string, critical: boolean, value: Buffer): Buffer => sequence(objectId(id), ...(critical ? [der(0x01, Buffer.of(255))] : []), der(0x04, value));
const toPem = (certificate: Buffer): string => `-----BEGIN CERTIFICATE-----\n${certificate.toString('base64').replace(/.{1,64}/g, '$&\n')}-----END CERTIFICATE-----\n`;

function keyPair(): { spki: Buffer; key: string } {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256', publicKeyEncoding: { type: 'spki', format: 'der' }, privateKeyEncoding: { type: 'pkcs8', format: 'pem' } });
  return { spki: publicKey, key: privateKey };
}

function ipv6Bytes(host: string): Uint8Array {
  const [head = '', tail] = host.split('::');
  const words = (text: string): string[] => (text === '' ? [] : text.split(':'));
  const last = tail === undefined ? [] : words(tail);
  const first = words(head);
  const all = [...first, ...Array.from({ length: 8 - first.length - last.length }, () => '0'), ...last].map((word) => Number.parseInt(word, 16));
  return Uint8Array.from(all.flatMap((word) => [word >> 8, word & 255]));
}

/**
 * A certificate authority of this machine (X.509 v3, ECDSA P-256): for the local certificate of the embedded default and the sandbox's servers.
 * Its own key lives in memory only, so nobody can issue more in its name later. Clients trust {@link CertificateAuthority.pem}.
 */
export class CertificateAuthority {
  /** The authority's certificate, valid for ten years. */
  readonly pem: string;
  private readonly name: Buffer;
  private readonly authorityKey: KeyObject;

  constructor(commonName: string, private readonly random: Random, private readonly wall: Clock) {
    const { spki, key } = keyPair();
    this.name = nameOf(commonName);
    this.authorityKey = createPrivateKey(key);
    this.pem = toPem(this.sign(this.name, spki, 3650, [extension('2.5.29.19', true, sequence(der(0x01, Buffer.of(255)))), extension('2.5.29.15', true, der(0x03, Buffer.of(1, 0x06)))]));
  }

  /** A server's certificate for these DNS names and IP addresses, with a new key, valid for `days` from yesterday. */
  issue(hosts: readonly string[], days: number): ServerCertificate {
    const { spki, key } = keyPair();
    const names = hosts.map((host) => {
      if (isIPv4(host)) return der(0x87, Uint8Array.from(host.split('.').map(Number)));
      return isIPv6(host) ? der(0x87, ipv6Bytes(host)) : der(0x82, Buffer.from(host, 'latin1'));
    });
    const cert = toPem(this.sign(nameOf(hosts[0] ?? 'localhost'), spki, days, [
      extension('2.5.29.17', false, sequence(...names)),
      extension('2.5.29.15', true, der(0x03, Buffer.of(7, 0x80))),
      extension('2.5.29.37', false, sequence(objectId('1.3.6.1.5.5.7.3.1'))),
    ]));
    return { cert, key };
  }

  private sign(subject: Buffer, spki: Buffer, days: number, extensions: readonly Buffer[]): Buffer {
    const start = this.wall.now().getTime();
    const serial = Buffer.from(this.random.bytes(16));
    serial[0] = ((serial[0] ?? 0) & 0x3f) | 0x40; // positive and never shortened
    const body = sequence(
      der(0xa0, der(0x02, Buffer.of(2))), unsignedInteger(serial), ECDSA_SHA256, this.name,
      sequence(time(new Date(start - DAY_MS)), time(new Date(start + days * DAY_MS))), subject, spki, der(0xa3, sequence(...extensions)),
    );
    return sequence(body, ECDSA_SHA256, der(0x03, Buffer.of(0), sign('sha256', body, this.authorityKey)));
  }
}
