import { describe, expect, test } from '@jest/globals';
import { MAX_CONNECTIONS, SiteLimit, START_CONNECTIONS } from './site-limit.js';

describe('limits of an MX site', () => {
  test('begins with 2, grows with success to 20', () => {
    const site = new SiteLimit();
    expect(site.limit(0)).toBe(START_CONNECTIONS);
    for (let i = 0; i < 1_000; i++) site.succeeded();
    expect(site.limit(0)).toBe(MAX_CONNECTIONS);
  });

  test('halves when asked to slow down, once for all that was on its way', () => {
    const site = new SiteLimit();
    for (let i = 0; i < 1_000; i++) site.succeeded();
    for (let i = 0; i < 20; i++) site.throttled(5_000 + i);
    expect(site.limit(6_000)).toBe(10);
    site.throttled(7_000);
    expect(site.limit(7_000)).toBe(5);
  });

  test('pauses after a failed connection, longer each time to a minute, and goes on with one probe', () => {
    const site = new SiteLimit();
    let now = 0;
    const pauses: number[] = [];
    for (let i = 0; i < 9; i++) {
      site.failed(now);
      site.failed(now + 1); // others of the same moment do not count
      pauses.push(site.pauseMs(now));
      expect(site.limit(now)).toBe(0);
      now += site.pauseMs(now);
      expect(site.limit(now)).toBe(1);
    }
    expect(pauses).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000]);
    site.succeeded();
    expect([site.consecutiveFailures, site.limit(now)]).toEqual([0, 2]);
  });
});
