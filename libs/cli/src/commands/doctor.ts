import { NexoraMail } from '@nexoramail/sdk';
import { checkApi, clockCheck, databaseCheck, domainsCheck } from '../checks/api.js';
import { fault, skipped, type Check, type Finding, type Patient, type Reach, type Report } from '../checks/check.js';
import { dataFolderCheck, demoFileCheck, diskCheck, nodeCheck } from '../checks/local.js';
import { smtpsCheck, startTlsCheck } from '../checks/smtp.js';
import { dashboardCheck, dnsCheck, trackingCheck, viewerCheck } from '../checks/web.js';
import { dataDirOf, demoPathOf, readDemo, resolveSettings, START_COMMAND, type Settings } from '../demo-settings.js';
import { jsonLine, paint, plain, styleFor, type Style } from '../draw/text.js';
import { EXIT, Fault, type Io } from '../io.js';
import { messageOf } from '../system-error.js';

/** Options of `nexora doctor`, as the command line gives them. */
export interface DoctorFlags {
  readonly json?: boolean;
}

const LOCAL: readonly Check[] = [nodeCheck, dataFolderCheck, diskCheck, demoFileCheck];
const REMOTE: readonly Check[] = [databaseCheck, clockCheck, domainsCheck, startTlsCheck, smtpsCheck, trackingCheck, dnsCheck, viewerCheck, dashboardCheck];
const TITLE_WIDTH = Math.max(...[...LOCAL, ...REMOTE].map(({ title }) => title.length));
const MISSING: Readonly<Record<Reach, string>> = { nothing: '', answer: 'the API does not answer', key: 'the API does not take the key' };
const ORDER: readonly Reach[] = ['nothing', 'answer', 'key'];

/** Looks at every part of the installation, side by side, and tells one line for each in a fixed order. Exit 1 when one is at fault. */
export async function doctor({ json }: DoctorFlags, io: Io): Promise<number> {
  const patient = patientOf(io);
  const style = styleFor(io.isTerminal, io.variables);
  const reports: Report[] = [];
  for (const { title, report } of examine(patient)) {
    const done = await report;
    reports.push(done);
    if (!json) for (const line of reportLines(title, done, style)) io.out(line);
  }
  if (io.signal.aborted) return EXIT.interrupted;
  const faults = reports.filter(({ status }) => status === 'fault').length;
  if (json) io.out(jsonLine(reports));
  else io.out(faults === 0 ? `\n${paint(style, 'green', 'All is in order.')}` : `\n${paint(style, 'red', `${faults} fault${faults === 1 ? '' : 's'} found.`)}`);
  return faults === 0 ? EXIT.ok : EXIT.fault;
}

/** Starts every check; none of the promises rejects. */
function examine(patient: Patient): { readonly title: string; readonly report: Promise<Report> }[] {
  const api = checkApi(patient);
  const run = async (check: Check): Promise<Report> => {
    const reach = check.needs === 'nothing' ? 'key' : (await api).reach;
    const found = ORDER.indexOf(reach) >= ORDER.indexOf(check.needs) ? await finding(check, patient) : skipped(reach === 'nothing' ? MISSING.answer : MISSING[check.needs]);
    return { check: check.name, ...found };
  };
  const started = (check: Check): { title: string; report: Promise<Report> } => ({ title: check.title, report: run(check) });
  return [...LOCAL.map(started), { title: 'API', report: api.then(({ finding: found }) => ({ check: 'api', ...found })) }, ...REMOTE.map(started)];
}

/** What a check found; what it throws is a fault with the words of the error. */
async function finding(check: Check, patient: Patient): Promise<Finding> {
  try {
    return await check.run(patient);
  } catch (error) {
    return fault(plain(messageOf(error)), `Look at the log of NexoraMail; if it does not run: ${START_COMMAND}`);
  }
}

function patientOf(io: Io): Patient {
  const demoPath = demoPathOf(io);
  const settings = settingsOf(io);
  return {
    io, demoPath, settings, dataDir: dataDirOf(io), file: readDemo(demoPath), embedded: settings?.demo,
    // One try each: a doctor reports what is, and does not wait for better days.
    client: settings && new NexoraMail(settings.apiKey, { baseUrl: settings.apiUrl, maxRetries: 0, timeoutMs: 10_000 }),
  };
}

function settingsOf(io: Io): Settings | undefined {
  try {
    return resolveSettings(io);
  } catch (error) {
    if (error instanceof Fault) return undefined; // the check of demo.json tells it
    throw error;
  }
}

function reportLines(title: string, { status, detail, fix }: Report, style: Style): string[] {
  const [mark, colour] = status === 'ok' ? (['✓', 'green'] as const) : status === 'fault' ? (['✗', 'red'] as const) : (['–', 'dim'] as const);
  const line = `${paint(style, colour, mark)} ${title.padEnd(TITLE_WIDTH)}  ${status === 'skipped' ? paint(style, 'dim', detail) : detail}`;
  return fix === undefined ? [line] : [`${line}  → ${fix}`];
}
