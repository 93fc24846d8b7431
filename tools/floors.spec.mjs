// Oldest versions that we accept in the lock, for the faults that older ones had (docs/security-ids.md). The registry's audit may be out of reach.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

const FLOORS = {
  nodemailer: ['10.0.5'], 'smtp-server': ['3.21.0'], mailauth: ['5.0.3'], mailparser: ['3.9.14'], 'linkify-it': ['5.0.2'], handlebars: ['4.7.9'], liquidjs: ['10.27.1'],
  dompurify: ['3.4.11'], undici: ['7.18.2', '6.23.0'], '@nestjs/core': ['11.1.18'], '@nestjs/microservices': ['11.1.19'], 'body-parser': ['2.3.0', '1.20.6'],
  multer: ['2.2.0'], 'path-to-regexp': ['8.4.0'], fastify: ['5.0.0'], '@grpc/grpc-js': ['1.10.9'], 'fast-xml-parser': ['5.3.5', '4.5.4'], 'fast-uri': ['3.1.1'],
};
const lock = JSON.parse(readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8'));
const numbers = (version) => version.split('-')[0].split('.').map(Number);
const older = (a, b) => { const [x, y] = [numbers(a), numbers(b)]; const i = x.findIndex((n, k) => n !== y[k]); return i >= 0 && x[i] < y[i]; };
/** The floor of the same major line, else the highest one. */
const floorFor = (version, floors) => floors.find((floor) => numbers(floor)[0] === numbers(version)[0]) ?? floors[0];

for (const [name, floors] of Object.entries(FLOORS)) {
  test(`${name} is not below its floor`, () => {
    const entries = Object.entries(lock.packages).filter(([path]) => path.endsWith(`node_modules/${name}`));
    for (const [path, { version }] of entries) assert.ok(!older(version, floorFor(version, floors)), `${path} is ${version}, the floor is ${floors.join(' or ')}`);
  });
}

test('sec-A71: the lock names no registry and holds nothing extraneous', () => {
  const text = JSON.stringify(lock);
  assert.ok(!/"resolved":"https?:/.test(text), 'a registry address is in the lock');
  assert.ok(!text.includes('"extraneous"'), 'something extraneous is in the lock');
});
