import type { SandboxReply } from './mailbox-rules.js';

/** A reply on the wire; a text of several lines becomes a multi-line reply. */
export function formatReply({ code, enhanced, text }: SandboxReply): string {
  const lines = text.split('\n');
  return lines.map((line, i) => `${code}${i < lines.length - 1 ? '-' : ' '}${enhanced === '' ? '' : `${enhanced} `}${line}\r\n`).join('');
}
