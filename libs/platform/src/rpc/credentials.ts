import { readFileSync } from 'node:fs';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import { ChannelCredentials, credentials, ServerCredentials } from '@grpc/grpc-js';
import { ConfigError } from '../config/parse.js';

/** Files of a service's identity inside the cluster: its CA, certificate chain and key (PEM). */
export interface TlsFiles {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

const NAMES = ['NEXORA_GRPC_TLS_CA', 'NEXORA_GRPC_TLS_CERT', 'NEXORA_GRPC_TLS_KEY'] as const;

/** The TLS files that `NEXORA_GRPC_TLS_CA`, `_CERT` and `_KEY` name: all three or none. */
export function tlsFiles(variables: Readonly<Record<string, string | undefined>>): TlsFiles | undefined {
  const [ca, cert, key] = NAMES.map((name) => variables[name]?.trim() || undefined);
  if (ca !== undefined && cert !== undefined && key !== undefined) return { ca, cert, key };
  const missing = NAMES.filter((name) => !variables[name]?.trim());
  if (missing.length < NAMES.length) throw new ConfigError(missing.map((name) => ({ name, problem: 'is not set, though others of NEXORA_GRPC_TLS_* are' })));
  return undefined;
}

function read(files: TlsFiles): SecureContextOptions & { ca: Buffer; cert: Buffer; key: Buffer } {
  return { ca: readFileSync(files.ca), cert: readFileSync(files.cert), key: readFileSync(files.key), minVersion: 'TLSv1.3' };
}

/** True for addresses that never leave the machine: the only ones where calls may travel in clear. */
export function isLoopback(address: string): boolean {
  const host = /^\[([^\]]+)\]|^([^:]+)/.exec(address);
  return /^(localhost|127\.\d+\.\d+\.\d+|::1)$/.test(host?.[1] ?? host?.[2] ?? '') || address.startsWith('unix:');
}

/** A client's credentials: mutual TLS 1.3 with files, clear text to loopback without; anything else is refused. */
export function clientCredentials(address: string, files: TlsFiles | undefined): ChannelCredentials {
  if (files) return ChannelCredentials.createFromSecureContext(createSecureContext(read(files)));
  if (!isLoopback(address)) throw new ConfigError([{ name: 'NEXORA_GRPC_TLS_CA', problem: 'must be set when services are called beyond this machine' }]);
  return credentials.createInsecure();
}

/** grpc-js offers no way to name the least TLS version; the node options that it hands through do. */
class MutualTls13 extends ServerCredentials {
  constructor(files: TlsFiles) {
    super({ requestCert: true, rejectUnauthorized: true, minVersion: 'TLSv1.3' }, read(files));
  }

  override _equals(other: ServerCredentials): boolean {
    return this === other;
  }
}

/** A server's credentials: mutual TLS 1.3 with files, clear text on loopback without; anything else is refused. */
export function serverCredentials(address: string, files: TlsFiles | undefined): ServerCredentials {
  if (files) return new MutualTls13(files);
  if (!isLoopback(address)) throw new ConfigError([{ name: 'NEXORA_GRPC_TLS_CA', problem: 'must be set when gRPC listens beyond this machine' }]);
  return ServerCredentials.createInsecure();
}
