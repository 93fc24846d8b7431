import { expect, test } from '@jest/globals';
import { parseQuery } from './query.js';

test('sec-A59 sec-A35: a repeated name is a list, metadata[k] an entry, and no name reaches a prototype', () => {
  expect({ ...parseQuery('status=queued&status=sent&limit=5&metadata[order]=7') }).toMatchObject({ status: ['queued', 'sent'], limit: '5', metadata: { order: '7' } });
  const hostile = parseQuery('__proto__=1&constructor=2&metadata[__proto__]=3');
  expect(Object.keys(hostile)).toEqual(['__proto__', 'constructor', 'metadata']);
  expect(({} as Record<string, unknown>)['1']).toBeUndefined();
});
