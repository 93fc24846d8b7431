import { createPrivateKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { isIP } from 'node:net';
import { createSecureContext, type SecureContext, type SecureVersion } from 'node:tls';
import type { Random } from '@nexoramail/kernel';
import { der, objectId, sequence, time, unsignedInteger } from './der.js';

const YEAR_MS = 365 * 86_400_000;
const ECDSA_SHA256 = sequence(objectId('1.2.840.10045.4.3.2'));
const MAX_CONTEXTS = 1_000;

interface Certified {
  readonly subject: Buffer;
  readonly publicKey: Buffer;
  readonly extensions: readonly Buffer[];
  readonly years: number;
}

const nameOf = (commonName: string): Buffer =>
  sequence(der(0x31, sequence(objectId('2.5.4.3'), der(0x0c, Buffer.from(commonName.slice(0, 64))))));

const extension = (id: string, critical: boolean, value: Buffer): Buffer =>
  sequence(objectId(id), ...(critical ? [der(0x01, Buffer.of(255))] : []), der(0x04, value));

const toPem = (certificate: Buffer): string =>
  `-----BEGIN CERTIFICATE-----\n${certificate.toString('base64').replace(/.{1,64}/g, '$&\n')}-----END CERTIFICATE-----\n`;

/**
 * The certificate authority of the sandbox Internet: made at the start, kept in memory, P-256. It issues a certificate
 * for whatever host name a client asks for (SNI), so a client that trusts {@link SandboxAuthority.pem} verifies every
 * sandbox MX host, and one that does not sees an unknown issuer.
 */
export class SandboxAuthority {
  /** The authority's certificate. */
  readonly pem: string;
  private readonly issuer = nameOf('NexoraMail sandbox authority');
  private readonly authorityKey: KeyObject;
  private readonly leafKey: string;
  private readonly leafPublic: Buffer;
  private readonly contexts = new Map<string, SecureContext>();

  constructor(private readonly random: Random, private readonly now: () => Date = () => new Date()) {
    const authority = generateKeyPairSync('ec', { namedCurve: 'P-256', publicKeyEncoding: { type: 'spki', format: 'der' }, privateKeyEncoding: { type: 'pkcs8', format: 'pem' } });
    const leaf = generateKeyPairSync('ec', { namedCurve: 'P-256', publicKeyEncoding: { type: 'spki', format: 'der' }, privateKeyEncoding: { type: 'pkcs8', format: 'pem' } });
    this.authorityKey = createPrivateKey(authority.privateKey);
    this.leafKey = leaf.privateKey;
    this.leafPublic = leaf.publicKey;
    this.pem = toPem(this.issue({
      subject: this.issuer,
      publicKey: authority.publicKey,
      years: 10,
      extensions: [extension('2.5.29.19', true, sequence(der(0x01, Buffer.of(255)))), extension('2.5.29.15', true, der(0x03, Buffer.of(1, 0x06)))],
    }));
  }

  /** TLS settings that prove `host` (a DNS name or an IP address), with TLS 1.2 as the least version. */
  contextFor(host: string, maxVersion: SecureVersion = 'TLSv1.3'): SecureContext {
    const id = `${maxVersion} ${host.toLowerCase()}`;
    const known = this.contexts.get(id);
    if (known !== undefined) return known;
    if (this.contexts.size >= MAX_CONTEXTS) this.contexts.clear();
    const context = createSecureContext({ key: this.leafKey, cert: this.certificateFor([host]), minVersion: 'TLSv1.2', maxVersion });
    this.contexts.set(id, context);
    return context;
  }

  private certificateFor(hosts: readonly string[]): string {
    const names = hosts.map((host) => {
      const family = isIP(host);
      if (family === 4) return der(0x87, Uint8Array.from(host.split('.').map(Number)));
      return der(0x82, Buffer.from(family === 6 ? 'localhost' : host, 'latin1'));
    });
    return toPem(this.issue({
      subject: nameOf(hosts[0] ?? 'localhost'),
      publicKey: this.leafPublic,
      years: 2,
      extensions: [
        extension('2.5.29.17', false, sequence(...names)),
        extension('2.5.29.15', true, der(0x03, Buffer.of(7, 0x80))),
        extension('2.5.29.37', false, sequence(objectId('1.3.6.1.5.5.7.3.1'))),
      ],
    }));
  }

  private issue(certified: Certified): Buffer {
    const start = this.now().getTime();
    const serial = Buffer.from(this.random.bytes(16));
    serial[0] = ((serial[0] ?? 0) & 0x3f) | 0x40; // positive and never shortened
    const body = sequence(
      der(0xa0, der(0x02, Buffer.of(2))),
      unsignedInteger(serial),
      ECDSA_SHA256,
      this.issuer,
      sequence(time(new Date(start - 86_400_000)), time(new Date(start + certified.years * YEAR_MS))),
      certified.subject,
      certified.publicKey,
      der(0xa3, sequence(...certified.extensions)),
    );
    return sequence(body, ECDSA_SHA256, der(0x03, Buffer.of(0), sign('sha256', body, this.authorityKey)));
  }
}
