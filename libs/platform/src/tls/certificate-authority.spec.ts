import { X509Certificate } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { ManualClock, systemRandom } from '@nexoramail/kernel';
import { CertificateAuthority } from './certificate-authority.js';

test('a certificate names its hosts, is signed by the authority and lives as long as asked', () => {
  const clock = new ManualClock('2026-03-01T00:00:00Z');
  const authority = new CertificateAuthority('NexoraMail local authority', systemRandom, clock);
  const ca = new X509Certificate(authority.pem);
  const leaf = new X509Certificate(authority.issue(['localhost', '127.0.0.1', '::1'], 730).cert);
  expect(ca.ca).toBe(true);
  expect(leaf.verify(ca.publicKey)).toBe(true);
  expect(leaf.checkIssued(ca)).toBe(true);
  expect([leaf.checkHost('localhost'), leaf.checkIP('127.0.0.1'), leaf.checkIP('::1'), leaf.checkHost('other.example')]).toEqual(['localhost', '127.0.0.1', '::1', undefined]);
  expect(new Date(leaf.validTo).toISOString()).toBe('2028-02-29T00:00:00.000Z');
});
