/// <reference types="node" />
import { expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';

const css = readFileSync(new URL('./tokens.css', import.meta.url), 'utf8');
const colors = new Map([...css.matchAll(/--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)/g)].map(([, name = '', light = '', dark = '']) => [name, { light, dark }]));

/** Relative luminance of WCAG 2.2. */
function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(one: string, other: string, theme: 'light' | 'dark'): number {
  const [a = 0, b = 0] = [one, other].map((name) => luminance(colors.get(name)?.[theme] ?? 'missing')).sort((x, y) => y - x);
  return (a + 0.05) / (b + 0.05);
}

const surfaces = ['bg', 'surface', 'surface-sunken', 'surface-hover'];
const texts = [
  ...['text', 'text-muted', 'text-faint', 'accent-text'].flatMap((text) => surfaces.map((surface) => [text, surface] as const)),
  ['text', 'surface-active'], ['text-muted', 'surface-active'], ['accent-text', 'accent-soft'], ['accent-contrast', 'accent'], ['accent-contrast', 'accent-hover'], ['accent-contrast', 'danger-fill'],
  ...['success', 'danger', 'warning', 'info', 'neutral'].flatMap((tone) => [[`${tone}-text`, `${tone}-soft`], [`${tone}-text`, 'surface-sunken'], [`${tone}-text`, 'surface']] as const),
] as const;

test.each(texts)('%s on %s can be read in light and dark (AA, 4.5:1)', (text, surface) => {
  expect(contrast(text, surface, 'light')).toBeGreaterThanOrEqual(4.5);
  expect(contrast(text, surface, 'dark')).toBeGreaterThanOrEqual(4.5);
});

test.each(surfaces)('the focus ring stands out on %s (3:1)', (surface) => {
  expect(Math.min(contrast('focus', surface, 'light'), contrast('focus', surface, 'dark'))).toBeGreaterThanOrEqual(3);
});
