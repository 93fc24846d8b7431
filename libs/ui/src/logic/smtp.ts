import type { Tone } from './status.js';

/** The tone of a server's line in an SMTP dialogue (RFC 5321 §4.2.1): 4yz a pause, 5yz a refusal; undefined for all else. */
export function replyTone(line: string): Tone | undefined {
  const digit = /^([2-5])\d\d(?:[ -]|$)/.exec(line)?.[1];
  return digit === '4' ? 'warning' : digit === '5' ? 'danger' : undefined;
}

/** A reply in one line: `550 5.1.1 no such user`, without the enhanced code where the text repeats it. */
export function formatReply(reply: { code: number | null; enhanced: string | null; text: string }): string {
  const text = reply.enhanced !== null && reply.text.startsWith(reply.enhanced) ? reply.text.slice(reply.enhanced.length).trimStart() : reply.text;
  return [reply.code, reply.enhanced, text].filter((part) => part !== null && part !== '' && part !== 0).join(' ');
}
