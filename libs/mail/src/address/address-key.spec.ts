import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { emails } from '../testing/arbitraries.js';
import { addressKey, addressToken } from './address-key.js';
import { TAG_PROVIDERS } from './tag-providers.data.js';

describe('addressKey', () => {
  test('sec-A29 all spellings of one mailbox have one key', () => {
    const key = addressKey('jörg.smith@bücher.example');
    for (const spelling of ['JÖRG.Smith@BÜCHER.example', 'jo\u0308rg.smith@bu\u0308cher.example', 'jörg.smith@xn--bcher-kva.example.', '"jörg.smith"@bücher。example', 'ｊöｒｇ.smith@ｂücher.example', '"jörg\\.smith"@bücher.example']) {
      expect(addressKey(spelling)).toBe(key);
    }
  });

  test('sec-A29 letters that only look upper-case after normalising are folded too', () => {
    expect(addressKey('ℌans@x.example')).toBe('hans@x.example');
    expect(addressKey('İ@x.example')).toBe(addressKey('i\u0307@x.example'));
  });

  test('sec-A29 a label counts only where the provider has labels', () => {
    expect(addressKey('Ann+shop@outlook.com')).toBe(addressKey('ann@outlook.com'));
    expect(addressKey('ann.b+x+y@googlemail.com')).toBe(addressKey('annb@gmail.com'));
    expect(addressKey('ann+shop@corp.example')).not.toBe(addressKey('ann@corp.example'));
    expect(addressKey('a.nn@outlook.com')).not.toBe(addressKey('ann@outlook.com'));
    expect(addressKey('+x@gmail.com')).toBe('+x@gmail.com');
  });

  test('is stable under case (property), and no domain has two providers', () => {
    fc.assert(fc.property(emails(), (email) => {
      expect(addressKey(email.toUpperCase())).toBe(addressKey(email));
    }));
    const all = TAG_PROVIDERS.flatMap(({ domains }) => domains);
    expect(new Set(all).size).toBe(all.length);
  });
});

describe('addressToken', () => {
  test('is ten bytes that depend on mailbox and key, and must never change', () => {
    const key = Buffer.alloc(32, 7);
    expect(addressToken(key, 'Ann@X.example')).toEqual(addressToken(key, 'ann@x.example'));
    expect(Buffer.from(addressToken(key, 'ann@x.example')).toString('hex')).toBe('edbba970eebc59580d97');
    expect(addressToken(Buffer.alloc(32, 8), 'ann@x.example')).not.toEqual(addressToken(key, 'ann@x.example'));
  });
});
