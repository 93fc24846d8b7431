import type { ServerResponse } from 'node:http';
import { send } from './http.js';

/** Policy of the HTML preview: an opaque origin, no script, no request. */
export const PREVIEW_POLICY = "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'; font-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'";

/** The message's HTML as the preview frame loads it. */
export function previewDocument(html: string): string {
  return html;
}

/** Sends the inbox page. */
export function sendPage(response: ServerResponse): void {
  send(response, 200, 'text/html; charset=utf-8', '<!doctype html><title>Sandbox</title>');
}
