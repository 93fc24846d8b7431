import { existsSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';

const PLACES = [process.env['CHROMIUM'], '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** The browser that is installed here, or undefined: pages are then not looked at. */
export const browserPath = PLACES.find((path): path is string => path !== undefined && path !== '' && existsSync(path));

/** A headless browser. */
export function openBrowser(): Promise<Browser> {
  if (browserPath === undefined) throw new Error('No Chromium was found: install it, or name it in CHROMIUM');
  return chromium.launch({ executablePath: browserPath, args: ['--no-sandbox', '--disable-gpu'] });
}
