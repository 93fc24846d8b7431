import { BlockList, isIP } from 'node:net';

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8);
LOOPBACK.addAddress('::1', 'ipv6');

const SPECIAL = new BlockList();
// IANA special-purpose registries (RFC 6890) and multicast: no mail host lives there
const V4 = ['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '169.254.0.0/16', '172.16.0.0/12', '192.0.0.0/24', '192.0.2.0/24', '192.88.99.0/24', '192.168.0.0/16', '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24', '224.0.0.0/4', '240.0.0.0/4'];
const V6 = ['::/96', '64:ff9b::/96', '64:ff9b:1::/48', '100::/64', '2001::/32', '2001:db8::/32', '2002::/16', 'fc00::/7', 'fe80::/10', 'fec0::/10', 'ff00::/8'];
for (const subnet of V4) SPECIAL.addSubnet(subnet.split('/')[0] ?? '', Number(subnet.split('/')[1]), 'ipv4');
for (const subnet of V6) SPECIAL.addSubnet(subnet.split('/')[0] ?? '', Number(subnet.split('/')[1]), 'ipv6');

/** Where an address is: `public`, `loopback`, or `special` (private, link-local, reserved, multicast, embedded IPv4; also what is no address). */
export function addressSpace(ip: string): 'public' | 'loopback' | 'special' {
  const family = isIP(ip);
  if (family === 0) return 'special';
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip)?.[1];
  if (mapped !== undefined) return addressSpace(mapped);
  if (/^::ffff:/i.test(ip)) return 'special'; // a mapped address in another spelling hides an IPv4 one
  const type = family === 4 ? 'ipv4' : 'ipv6';
  if (LOOPBACK.check(ip, type)) return 'loopback';
  return SPECIAL.check(ip, type) ? 'special' : 'public';
}
