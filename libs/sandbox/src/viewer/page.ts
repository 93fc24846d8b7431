import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { send } from './http.js';
import { PAGE_CLIENT } from './page-client.js';
import { PAGE_STYLE } from './page-style.js';

/** Policy of the HTML preview: an opaque origin, no script, no request (`sec-A37`). */
export const PREVIEW_POLICY = "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'; font-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'";

const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** Policy of the page itself: its own style and script by their hashes, nothing from elsewhere. */
const PAGE_POLICY = `default-src 'none'; script-src ${hashOf(PAGE_CLIENT)}; style-src ${hashOf(PAGE_STYLE)}; connect-src 'self'; frame-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

const MAILBOXES: readonly (readonly [string, string])[] = [
  ['delivered@', 'Accepted. So is any name that is not in this list.'],
  ['bounce@', '550 5.1.1: no such user.'],
  ['full@', '552 5.2.2: mailbox full.'],
  ['blocked@', '550 5.7.1: refused by policy.'],
  ['defer@', '451 4.3.0 twice, then accepted.'],
  ['unavailable@', '451 4.3.0 for ever.'],
  ['greylist@', '451 4.7.1 until 300 seconds after the first try.'],
  ['slow@', 'Each reply after 2 seconds, from RCPT on.'],
  ['tarpit@', 'One reply line a minute, from RCPT on.'],
  ['drop@', 'Cut after the final dot, every time; nothing is stored.'],
  ['drop-once@', 'Stored, but cut after the final dot once; 250 after that.'],
  ['refuse@', '421 4.3.2 at RCPT, then closed.'],
  ['…@refuse.sandbox.test', '421 4.3.2 at the greeting.'],
  ['dsn@', 'Accepted; a bounce report follows within a second.'],
  ['complaint@', 'Accepted; an abuse report follows within a second.'],
];

const ICON = '<svg viewBox="0 0 32 32" aria-hidden="true"><rect width="32" height="32" rx="8" fill="#3a4ed5"/><path d="M7 11.5A2.5 2.5 0 0 1 9.5 9h13a2.5 2.5 0 0 1 2.5 2.5v9a2.5 2.5 0 0 1-2.5 2.5h-13A2.5 2.5 0 0 1 7 20.5zm2.6.1 6.4 4.9 6.4-4.9" fill="none" stroke="#fff" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"/></svg>';
const TRAY = '<svg viewBox="0 0 88 88" fill="none" stroke="currentColor" stroke-width="2.5" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><path d="M14 50 24 24h40l10 26v16a4 4 0 0 1-4 4H18a4 4 0 0 1-4-4z"/><path d="M14 50h18l4 8h16l4-8h18"/><path d="M44 10v24m-8-7 8 8 8-8"/></svg>';
const FAVICON = `data:image/svg+xml,${encodeURIComponent(ICON.replace('<svg ', '<svg xmlns="http://www.w3.org/2000/svg" '))}`;

const PAGE = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Sandbox inbox · NexoraMail</title>
<link rel="icon" href="${FAVICON}"><style>${PAGE_STYLE}</style></head>
<body data-open="false">
<header><div class="brand">${ICON}<span>Sandbox inbox</span><small>NexoraMail</small></div>
<div class="live" id="live" data-state="on" role="status"><i></i><span id="live-text">Live</span></div><div class="spacer"></div>
<button class="btn" id="help" type="button">Mailboxes</button><button class="btn" id="clear" type="button" disabled>Clear</button></header>
<main>
<section class="list" aria-label="Messages"><div class="find"><input id="query" type="search" placeholder="Search recipient, sender or subject" aria-label="Search messages" autocomplete="off" spellcheck="false"><p id="count" role="status"></p></div><ol id="list"></ol></section>
<section class="view" aria-label="Message">
<div class="empty" id="empty">${TRAY}<h2 id="empty-title">Waiting for the first message</h2><p id="empty-text"></p><button class="btn" id="empty-help" type="button">What each mailbox does</button></div>
<article id="message" class="view" hidden><div class="head"><button class="btn quiet back" id="back" type="button">‹ All messages</button><h1 id="subject"></h1><dl class="facts" id="facts"></dl><div class="badges" id="badges"></div><div class="tabs" id="tabs" role="tablist" aria-label="How to show the message"></div></div><div class="body" id="body"></div><div class="files" id="files" hidden></div></article>
</section></main>
<dialog id="help-dialog" aria-labelledby="help-title"><h2 id="help-title">Mailboxes</h2><p>The part before the @ decides, at any domain; <code>+label</code> may follow it. Counts are kept for each full address.</p>
<table><tbody>${MAILBOXES.map(([name, what]) => `<tr><td>${name}</td><td>${what}</td></tr>`).join('')}</tbody></table><footer><button class="btn" type="button" data-close>Close</button></footer></dialog>
<dialog id="clear-dialog" aria-labelledby="clear-title"><h2 id="clear-title">Delete all messages?</h2><p>The inbox is emptied for everybody who looks at it. This cannot be undone.</p><footer><button class="btn" type="button" data-close>Keep them</button><button class="btn danger" id="clear-yes" type="button">Delete all</button></footer></dialog>
<script>${PAGE_CLIENT}</script></body></html>`;

/** Sends the inbox page: one document, without anything from outside. */
export function sendPage(response: ServerResponse): void {
  send(response, 200, 'text/html; charset=utf-8', PAGE, { 'Content-Security-Policy': PAGE_POLICY, 'X-Frame-Options': 'DENY', 'Cross-Origin-Opener-Policy': 'same-origin' });
}
