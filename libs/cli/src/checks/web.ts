import { Resolver } from 'node:dns/promises';
import type { Demo } from '../demo-settings.js';
import { plain } from '../draw/text.js';
import { systemCode } from '../system-error.js';
import { RESTART } from './api.js';
import { fault, NOT_EMBEDDED, ok, type Check, type Finding } from './check.js';

const LIMIT_MS = 5_000;
const MAX_PAGE = 200_000;

/** Opens tracked links and unsubscribe pages: any answer of its own will do, as it has no page at `/`. */
export const trackingCheck = webCheck('tracking', 'Tracking', ({ tracking_url: url }) => url, (url, { status }) =>
  status < 500 ? ok(`${url} answers`) : fault(`${url} answers ${status}`, RESTART));

/** The inbox of the sandbox, as programs read it. */
export const viewerCheck = webCheck('sandbox_viewer', 'Sandbox inbox', ({ sandbox_mx: { http_url: url } }) => `${url}/messages?limit=1`, (url, { status, body }) =>
  status === 200 && body.startsWith('{"data":[') ? ok(`${new URL(url).origin} answers`) : fault(`${url} does not answer as the sandbox does (${status})`, RESTART));

/** The dashboard's page and the script that it loads: the page alone would stay blank. */
export const dashboardCheck = webCheck('dashboard', 'Dashboard', ({ dashboard_url: url }) => `${url}/`, async (url, { status, type, body }, fetchPage) => {
  const build = 'Build it, then start again: npm run build';
  if (status !== 200 || !type.includes('text/html')) return fault(`${url} does not serve it (${status})`, build);
  const script = /<script[^>]+src="([^"]+)"[^>]*><\/script>/g;
  for (const [, path = ''] of body.matchAll(script)) {
    const asset = new URL(path, url);
    if (asset.origin !== new URL(url).origin) continue;
    const answer = await fetchPage(asset.href);
    if (answer.status !== 200 || !/script/.test(answer.type)) return fault(`${plain(asset.href)} is not served as a script (${answer.status})`, build);
  }
  return ok(url);
});

/** The sandbox's DNS, over UDP as dispatch asks it. */
export const dnsCheck: Check = {
  name: 'sandbox_dns', title: 'Sandbox DNS', needs: 'answer',
  run: async ({ embedded }) => {
    if (!embedded) return NOT_EMBEDDED;
    const server = `127.0.0.1:${embedded.sandbox_mx.dns_port}`;
    const resolver = new Resolver({ timeout: 2_000, tries: 2 });
    resolver.setServers([server]);
    try {
      const [mx] = await resolver.resolveMx('sandbox.test');
      return mx ? ok(`${server}: sandbox.test has its mail at ${plain(mx.exchange)}`) : fault(`${server} knows no mail server for sandbox.test`, RESTART);
    } catch (error) {
      return fault(`${server} does not answer (${systemCode(error) ?? 'unknown reason'})`, RESTART);
    }
  },
};

interface Page {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

function webCheck(name: string, title: string, urlOf: (demo: Demo) => string, judge: (url: string, page: Page, fetchPage: (url: string) => Promise<Page>) => Finding | Promise<Finding>): Check {
  return {
    name, title, needs: 'answer',
    run: async ({ embedded, io }) => {
      if (!embedded) return NOT_EMBEDDED;
      const url = urlOf(embedded);
      const fetchPage = async (address: string, accept = '*/*'): Promise<Page> => {
        const response = await fetch(address, { headers: { accept }, redirect: 'manual', signal: AbortSignal.any([io.signal, AbortSignal.timeout(LIMIT_MS)]) });
        return { status: response.status, type: response.headers.get('content-type') ?? '', body: (await response.text()).slice(0, MAX_PAGE) };
      };
      try {
        return await judge(url, await fetchPage(url, 'text/html, */*'), fetchPage);
      } catch (error) {
        if (io.signal.aborted) throw error;
        return fault(`${url} does not answer (${systemCode(error) ?? 'in time'})`, RESTART);
      }
    },
  };
}
