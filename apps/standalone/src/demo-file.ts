import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A person of the demo. */
export interface DemoPerson {
  readonly email: string;
  readonly password: string;
  readonly totp_secret: string;
}

/** `.nexora/demo.json` (`interfaces.md` §1): where everything is, and how to sign in. Mode 0600, complete before the ready line. */
export interface DemoFile {
  readonly api_url: string;
  readonly dashboard_url: string;
  readonly tracking_url: string;
  readonly smtp: { readonly host: string; readonly submission_port: number; readonly tls_port: number; readonly ca_file: string };
  readonly api_key: string;
  readonly test_api_key: string;
  readonly smtp_username: string;
  readonly account_id: string;
  readonly domain: string;
  readonly sender: string;
  readonly owner: DemoPerson;
  readonly staff: DemoPerson;
  readonly sandbox_mx: { readonly smtp_port: number; readonly http_url: string; readonly dns_port: number };
}

const fileOf = (dataDir: string): string => join(dataDir, 'demo.json');

/** The file of the last start, or undefined on the first one: its secrets are kept, its addresses made anew. */
export function readDemoFile(dataDir: string): DemoFile | undefined {
  try {
    return JSON.parse(readFileSync(fileOf(dataDir), 'utf8')) as DemoFile;
  } catch {
    return undefined;
  }
}

/** Replaces the file whole: a reader never sees half of it. */
export function writeDemoFile(dataDir: string, demo: DemoFile): void {
  const file = fileOf(dataDir);
  writeFileSync(`${file}.new`, `${JSON.stringify(demo, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
