import { createSecureContext, type SecureContext, type SecureVersion } from 'node:tls';
import type { Clock, Random } from '@nexoramail/kernel';
import { CertificateAuthority } from '@nexoramail/platform';

const DAYS = 730;
const MAX_CONTEXTS = 1_000;

/**
 * The certificates of the sandbox Internet: one for whatever host name a client asks for (SNI), from an authority that is made at the
 * start and kept in memory. A client that trusts {@link SandboxCertificates.pem} verifies every sandbox MX host, one that does not sees
 * an unknown issuer.
 */
export class SandboxCertificates {
  private readonly authority: CertificateAuthority;
  private readonly contexts = new Map<string, SecureContext>();

  /** `wall`: real time, which clients check certificates by. */
  constructor(random: Random, wall: Clock) {
    this.authority = new CertificateAuthority('NexoraMail sandbox authority', random, wall);
  }

  /** The authority's certificate. */
  get pem(): string {
    return this.authority.pem;
  }

  /** TLS settings that prove `host` (a DNS name or an IP address), with TLS 1.2 as the least version. */
  contextFor(host: string, maxVersion: SecureVersion = 'TLSv1.3'): SecureContext {
    const id = `${maxVersion} ${host.toLowerCase()}`;
    const known = this.contexts.get(id);
    if (known !== undefined) return known;
    if (this.contexts.size >= MAX_CONTEXTS) this.contexts.clear();
    const context = createSecureContext({ ...this.authority.issue([host], DAYS), minVersion: 'TLSv1.2', maxVersion });
    this.contexts.set(id, context);
    return context;
  }
}
