import { X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CertificateAuthority, type Runtime } from '@nexoramail/platform';
import type { IngressConfig } from './config.js';

const DAYS = 800;
const RENEW_BEFORE_MS = 400 * 86_400_000;
const HOSTS = ['localhost', '127.0.0.1', '::1'];

/** What the listeners prove themselves with. */
export interface IngressTls {
  readonly cert: string;
  readonly key: string;
  /** What a client has to trust, an absolute path. */
  readonly caFile: string;
}

/** The operator's certificate, or the local one of `<dataDir>/tls`: made at the first start, renewed while it still lives a year. */
export function loadTls(runtime: Pick<Runtime, 'dataDir' | 'random' | 'wall'>, { tlsFiles }: Pick<IngressConfig, 'tlsFiles'>): IngressTls {
  if (tlsFiles) return { cert: readFileSync(tlsFiles.cert, 'utf8'), key: readFileSync(tlsFiles.key, 'utf8'), caFile: tlsFiles.cert };
  const folder = join(runtime.dataDir, 'tls');
  const files = { ca: join(folder, 'ca.pem'), cert: join(folder, 'server.pem'), key: join(folder, 'server.key') };
  if (!isUsable(files, runtime.wall.now())) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const authority = new CertificateAuthority('NexoraMail local authority', runtime.random, runtime.wall);
    const { cert, key } = authority.issue(HOSTS, DAYS);
    replace(files.key, key);
    replace(files.cert, cert);
    replace(files.ca, authority.pem);
  }
  return { cert: readFileSync(files.cert, 'utf8'), key: readFileSync(files.key, 'utf8'), caFile: files.ca };
}

function isUsable(files: { ca: string; cert: string; key: string }, now: Date): boolean {
  if (!Object.values(files).every((file) => existsSync(file))) return false;
  try {
    const cert = new X509Certificate(readFileSync(files.cert));
    return cert.checkIssued(new X509Certificate(readFileSync(files.ca))) && new Date(cert.validTo).getTime() - now.getTime() > RENEW_BEFORE_MS;
  } catch {
    return false;
  }
}

function replace(file: string, pem: string): void {
  writeFileSync(`${file}.new`, pem, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
