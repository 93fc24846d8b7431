import { AppError } from '@nexoramail/kernel';

/** Tells which addresses may be posted to. */
export interface AddressPolicy {
  /** 4 or 6 for an IP address in its canonical form, else 0. */
  family(host: string): 0 | 4 | 6;
  /** False for private, loopback, link-local, reserved and tunnelled addresses, and for what is no address. */
  allows(address: string): boolean;
  /** True where loopback is a target (the embedded default): there plain http is taken too. */
  readonly loopback: boolean;
}

/** Longest URL, in characters. */
export const MAX_URL = 2048;

// Names that never lead to someone else's server (RFC 6762, 7686, 8375; cluster.local is Kubernetes'). All others are judged by their addresses.
const LOCAL_SUFFIXES = ['local', 'localdomain', 'internal', 'intranet', 'private', 'corp', 'home', 'lan', 'home.arpa', 'onion'];
// Ports of services that would take an HTTP request for something else, above 1023; below it only the web's own are taken.
const FORBIDDEN_PORTS = new Set([1433, 1521, 1719, 1720, 1723, 2049, 2375, 2376, 2379, 2380, 3306, 3389, 3659, 4045, 4190, 5060, 5061, 5432, 5672, 5900, 6000, 6379, 6443, 6566, 6660, 6665, 6666, 6667, 6668, 6669, 6697, 9092, 9200, 9300, 10_080, 10_250, 11_211, 15_672, 26_379, 27_017, 27_018]);
const WEB_PORTS = new Set([80, 443]);

const fault = (code: string, message: string): AppError => new AppError('validation_failed', message, { errors: [{ pointer: '/url', code, message }] });

/** True for `localhost` and names below it (RFC 6761 §6.3). */
export const isLocalhost = (host: string): boolean => host === 'localhost' || host.endsWith('.localhost');

/**
 * The URL to post to, in WHATWG's canonical form, which undoes every disguise of an address (`127.1`, `0x7f000001`, full-width digits, …).
 * Throws `validation_failed` at `/url`. What a name resolves to is checked when it is asked for, and again at each connection.
 */
export function parseWebhookUrl(text: string, policy: AddressPolicy): URL {
  if (text.length > MAX_URL) throw fault('url_too_long', `The URL is longer than ${MAX_URL} characters.`);
  // URL would drop tabs and line breaks and read a backslash as a slash: what is shown would not be what is called.
  if (/[\s\\\p{C}]/u.test(text)) throw fault('url_malformed', 'The URL holds a blank, a backslash or a control character.');
  const url = URL.parse(text);
  if (url === null) throw fault('url_malformed', 'This is not an absolute URL. Write it as https://host/path.');
  if (url.username !== '' || url.password !== '') throw fault('url_userinfo', 'The URL holds a user name or password. Check the signature instead.');
  if (text.includes('#')) throw fault('url_fragment', 'The URL holds a fragment (#…), which is never sent.');
  const host = url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  const loopback = policy.loopback && (isLocalhost(host) || (policy.family(host) !== 0 && isLoopback(host)));
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && loopback)) throw fault('url_scheme', 'The URL must begin with https://.');
  const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80));
  if (FORBIDDEN_PORTS.has(port) || (port < 1024 && !WEB_PORTS.has(port))) throw fault('url_port', 'This port is not one that a webhook may have. Take 443, or one from 1024 on that belongs to no other service.');
  if (!loopback) checkHost(host, policy);
  if (url.hostname.endsWith('.')) url.hostname = host;
  return url;
}

function checkHost(host: string, policy: AddressPolicy): void {
  const forbidden = (): AppError => fault('url_target', 'The URL leads to a private, local or reserved address. A webhook needs a host on the Internet.');
  if (policy.family(host) !== 0) {
    if (!policy.allows(host)) throw forbidden();
    return;
  }
  const labels = host.split('.');
  if (labels.length < 2 || isLocalhost(host) || LOCAL_SUFFIXES.some((suffix) => host.endsWith(`.${suffix}`))) throw forbidden();
}

/** True for 127.0.0.0/8 and ::1, in canonical form. */
export const isLoopback = (address: string): boolean => address === '::1' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(address);

/** What a URL is refused with whose name leads to a forbidden address. */
export function forbiddenTarget(): AppError {
  return fault('url_target', 'The host of the URL resolves to a private, local or reserved address. A webhook needs a host on the Internet.');
}
