import { describe, expect, test } from '@jest/globals';
import { IpPolicy } from '../infra/address-policy.js';
import { parseWebhookUrl } from './webhook-url.js';

const strict = new IpPolicy({ allowLoopback: false });
const embedded = new IpPolicy({ allowLoopback: true });
const refusal = (text: string, policy = strict): string => {
  try {
    parseWebhookUrl(text, policy);
    return 'taken';
  } catch (error) {
    return (error as { errors: { code: string; pointer: string }[] }).errors.map(({ code, pointer }) => `${pointer} ${code}`).join();
  }
};

// security.md A40: spellings of loopback and "this host".
const SPELLINGS = [
  '127.0.0.1', '127.1', '127.0.1', '2130706433', '0x7f000001', '0x7f.1', '0177.0.0.1', '0177.0.0.01', '017700000001', '0', '0.0.0.0', '127.0.0.1.',
  'localhost', 'localhost.', 'LOCALHOST', 'api.localhost', '[::]', '[::1]', '[0:0:0:0:0:0:0:1]', '[::ffff:7f00:1]', '[::ffff:127.0.0.1]', '[::127.0.0.1]',
  '①②⑦.⓪.⓪.①', '127。0。0。1', '１２７.0.0.1', '%31%32%37.0.0.1', '127%2e0%2e0%2e1',
];

// security.md A41: one address of each range.
const RANGES = [
  '10.1.2.3', '172.16.0.1', '172.31.255.255', '192.168.1.1', '100.64.0.1', '169.254.169.254', '192.0.0.192', '198.18.0.1', '198.19.255.255', '224.0.0.1', '255.255.255.255', '240.0.0.1',
  '[fc00::1]', '[fd12:3456::1]', '[fe80::1]', '[ff02::1]', '[::10.0.0.1]', '[64:ff9b::7f00:1]', '[2002:7f00:1::]', '[2001::1]', '[2001:db8::1]', '[100::1]', '[5f00::1]', '[1::1]', '[4000::1]',
];

describe('a webhook URL', () => {
  test.each(SPELLINGS)('sec-A40: may not hide this host as %s', (host) => {
    expect(refusal(`https://${host}/hook`)).toBe('/url url_target');
  });

  test.each(RANGES)('sec-A41: may not lead to %s, whatever loopback may do', (host) => {
    expect([refusal(`https://${host}/hook`), refusal(`https://${host}/hook`, embedded)]).toEqual(['/url url_target', '/url url_target']);
  });

  test.each(['intranet', 'db.internal', 'svc.cluster.local', 'printer.lan', 'x.home.arpa', 'x.onion'])('may not name the local host %s', (host) => {
    expect(refusal(`https://${host}/`)).toBe('/url url_target');
  });

  test.each([
    ['file:///etc/passwd', 'url_scheme'], ['http://hooks.shop.example/', 'url_scheme'], ['gopher://hooks.shop.example/', 'url_scheme'], ['hooks.shop.example', 'url_malformed'],
    ['https://user:pw@hooks.shop.example/', 'url_userinfo'], ['https://hooks.shop.example\\@127.0.0.1/', 'url_malformed'], ['https://hooks.shop.example/\n', 'url_malformed'],
    ['https://hooks.shop.example/#x', 'url_fragment'], ['https://hooks.shop.example:22/', 'url_port'], ['https://hooks.shop.example:25/', 'url_port'],
    ['https://hooks.shop.example:6379/', 'url_port'], ['https://hooks.shop.example:0/', 'url_port'], [`https://hooks.shop.example/${'x'.repeat(2048)}`, 'url_too_long'], ['', 'url_malformed'],
  ])('may not be %s', (text, code) => {
    expect(refusal(text)).toBe(`/url ${code}`);
  });

  test.each([
    ['https://hooks.shop.example/a?b=c', 'https://hooks.shop.example/a?b=c'], ['https://HOOKS.Shop.example.:8443', 'https://hooks.shop.example:8443/'], ['https://1.1.1.1/', 'https://1.1.1.1/'],
    ['https://[2606:4700::1111]/', 'https://[2606:4700::1111]/'], ['https://bücher.example/', 'https://xn--bcher-kva.example/'],
  ])('may be %s', (text, href) => {
    expect(parseWebhookUrl(text, strict).href).toBe(href);
  });

  test('may lead to loopback by http where that is allowed, but to no service that is not HTTP', () => {
    for (const host of ['127.0.0.1:3000', 'localhost:3000', '[::1]:3000']) expect(refusal(`http://${host}/`, embedded)).toBe('taken');
    expect(refusal('http://127.0.0.1:6379/', embedded)).toBe('/url url_port');
    expect(refusal('http://hooks.shop.example/', embedded)).toBe('/url url_scheme');
    expect(refusal('http://0.0.0.0:3000/', embedded)).toBe('/url url_scheme');
  });
});

describe('the address policy', () => {
  test('sec-A41: allows plain unicast of the Internet, and refuses our own hosts', () => {
    const own = new IpPolicy({ allowLoopback: false, deny: ['203.0.114.7', '2001:4860::/32'] });
    expect(['8.8.8.8', '203.0.114.8', '2606:4700::1111'].map((address) => own.allows(address))).toEqual([true, true, true]);
    expect(['203.0.114.7', '2001:4860:4860::8888', 'fe80::1%eth0', 'example', ''].map((address) => own.allows(address))).toEqual([false, false, false, false, false]);
    expect(() => new IpPolicy({ allowLoopback: false, deny: ['nonsense'] })).toThrow();
  });
});
