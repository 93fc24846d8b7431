import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DEFAULT_BASE_URL } from '@nexoramail/sdk';
import { Fault, UsageError, type Io } from './io.js';
import { systemCode } from './system-error.js';

/** What this program needs of `demo.json` (`interfaces.md` §1). */
export interface Demo {
  readonly api_url: string;
  readonly dashboard_url: string;
  readonly tracking_url: string;
  readonly smtp: { readonly host: string; readonly submission_port: number; readonly tls_port: number; readonly ca_file: string };
  readonly api_key: string;
  readonly smtp_username: string;
  readonly domain: string;
  readonly sender: string;
  readonly sandbox_mx: { readonly http_url: string; readonly dns_port: number };
}

/** Where calls go, and as whom. */
export interface Settings {
  readonly apiUrl: string;
  readonly apiKey: string;
  /** The embedded stack that `apiUrl` belongs to; undefined for any other installation. */
  readonly demo: Demo | undefined;
}

/** `demo.json` as it was found. */
export type DemoFile = { readonly state: 'ok'; readonly demo: Demo } | { readonly state: 'absent' } | { readonly state: 'broken'; readonly reason: string };

/** The command that starts the embedded stack. */
export const START_COMMAND = 'npm start';

/** The folder of the embedded stack's state, absolute. */
export const dataDirOf = (io: Pick<Io, 'cwd' | 'variables'>): string => resolve(io.cwd, io.variables['NEXORA_DATA_DIR'] || '.nexora');

/** The path of `demo.json`. */
export const demoPathOf = (io: Pick<Io, 'cwd' | 'variables'>): string => join(dataDirOf(io), 'demo.json');

/** Reads `demo.json`; a reason names a member, never a value: the file holds secrets. */
export function readDemo(path: string): DemoFile {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const code = systemCode(error) ?? 'unreadable';
    return code === 'ENOENT' || code === 'ENOTDIR' ? { state: 'absent' } : { state: 'broken', reason: `it cannot be read (${code})` };
  }
  try {
    return { state: 'ok', demo: parseDemo(JSON.parse(text)) };
  } catch (error) {
    return { state: 'broken', reason: error instanceof MissingMember ? error.message : 'it is not JSON' };
  }
}

/** Settings of the environment over those of `demo.json`. Throws Fault when nothing was started here and none are given. */
export function resolveSettings(io: Pick<Io, 'cwd' | 'variables'>): Settings {
  const givenUrl = io.variables['NEXORA_API_URL']?.trim().replace(/\/+$/, '') || undefined;
  const givenKey = io.variables['NEXORA_API_KEY']?.trim() || undefined;
  if (givenUrl !== undefined && !/^https?:$/.test(URL.canParse(givenUrl) ? new URL(givenUrl).protocol : '')) throw new UsageError('NEXORA_API_URL is not an http or https address.');
  const file = readDemo(demoPathOf(io));
  if (file.state === 'ok' && (givenUrl === undefined || givenUrl === file.demo.api_url)) {
    return { apiUrl: file.demo.api_url, apiKey: givenKey ?? file.demo.api_key, demo: file.demo };
  }
  // The demo's key is for the demo's address: it goes nowhere else.
  if (givenKey !== undefined) return { apiUrl: givenUrl ?? DEFAULT_BASE_URL, apiKey: givenKey, demo: undefined };
  if (givenUrl !== undefined) throw new Fault(`There is no key for ${givenUrl}.`, 'Set NEXORA_API_KEY.');
  if (file.state === 'broken') throw new Fault(`${demoPathOf(io)} is of no use: ${file.reason}.`, `Start NexoraMail again, which writes it anew: ${START_COMMAND}`);
  throw new Fault(`No NexoraMail has been started here (${demoPathOf(io)} does not exist).`, `Start it with: ${START_COMMAND}   (or set NEXORA_API_URL and NEXORA_API_KEY)`);
}

class MissingMember extends Error {
  constructor(name: string) {
    super(`\`${name}\` is missing or of the wrong kind`);
  }
}

function parseDemo(value: unknown): Demo {
  const root = new Members(value, '');
  const smtp = root.object('smtp');
  const sandbox = root.object('sandbox_mx');
  return {
    api_url: root.origin('api_url'), dashboard_url: root.origin('dashboard_url'), tracking_url: root.origin('tracking_url'),
    smtp: { host: smtp.text('host'), submission_port: smtp.port('submission_port'), tls_port: smtp.port('tls_port'), ca_file: smtp.text('ca_file') },
    api_key: root.text('api_key'), smtp_username: root.text('smtp_username'), domain: root.text('domain'), sender: root.text('sender'),
    sandbox_mx: { http_url: sandbox.origin('http_url'), dns_port: sandbox.port('dns_port') },
  };
}

/** Members of a JSON object, by kind. */
class Members {
  private readonly members: Readonly<Record<string, unknown>>;

  constructor(value: unknown, private readonly prefix: string) {
    if (typeof value !== 'object' || value === null) throw new MissingMember(prefix === '' ? 'the object' : prefix.slice(0, -1));
    this.members = value as Record<string, unknown>;
  }

  object(name: string): Members {
    return new Members(this.members[name], `${this.prefix}${name}.`);
  }

  text(name: string): string {
    const value = this.members[name];
    if (typeof value !== 'string' || value === '') throw new MissingMember(this.prefix + name);
    return value;
  }

  origin(name: string): string {
    const value = this.text(name);
    if (!URL.canParse(value)) throw new MissingMember(this.prefix + name);
    return value.replace(/\/+$/, '');
  }

  port(name: string): number {
    const value = this.members[name];
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 1 || value > 65_535) throw new MissingMember(this.prefix + name);
    return value;
  }
}
