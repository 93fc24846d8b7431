import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { domains } from '../testing/arbitraries.js';
import { canonicalDomain } from './domain.js';

describe('canonicalDomain', () => {
  test.each([
    ['ex\u00adample.com', 'example.com'], ['ｅｘａｍｐｌｅ。com', 'example.com'], ['EXAMPLE．com', 'example.com'], ['faß.example', 'xn--fa-hia.example'], ['FAẞ.example', 'xn--fa-hia.example'],
    ['bu\u0308cher.example', 'xn--bcher-kva.example'], ['BÜCHER.example.', 'xn--bcher-kva.example'], ['XN--BCHER-KVA.example', 'xn--bcher-kva.example'], ['例え.テスト', 'xn--r8jz45g.xn--zckzah'],
    ['コンピュータ・ハウス.example', 'xn--gckzatw4f2a3jwe5ci.example'], ['l·l.example', 'xn--ll-0ea.example'], ['a--b.example', 'a--b.example'],
  ])('sec-A24 maps %j to %s', (typed, canonical) => {
    expect(canonicalDomain(typed)).toBe(canonical);
    expect(canonicalDomain(canonical)).toBe(canonical);
  });

  test.each(['xn--0049.example', 'xn--bucher-xyd.example', 'xn--Bcher-2pa.example', 'xn--tda5431k.example', 'xn--a-vca1v.example', 'سـلام.example', 'xn--abc-.example', 'xn--a.example', 'xn--.example', 'xn--n3h.example', '☃.example', '💩.example', 'a／b.example', 'a\u200db.example', 'a·b.example', '・.example', 'ـa.example', 'a b.example', '@.example',
    'x＠y.example', 'a%40b.example', '１２７。０。０。１', '127.1', '0x7f.0x1', 'x.0x', 'ü'.repeat(60) + '.example', 'a..example', '.example', 'example', 'a.-b.example', `${'ab.'.repeat(90)}example`])('sec-A24 refuses %j', (typed) => {
    expect(() => canonicalDomain(typed)).toThrow(expect.objectContaining({ code: 'validation_failed' }));
  });

  test('gives every canonical domain back, in whatever case it was typed (property)', () => {
    fc.assert(fc.property(domains(), (domain) => {
      expect(canonicalDomain(domain.toUpperCase())).toBe(domain);
    }));
  });
});
