import type { BounceClass, BounceReason, Classification } from './bounce.js';
import { BASIC_CODES, ENHANCED_CODES, PROVIDER_CODES, type CodeRule } from './rules.data.js';
import { LOOSE_TEXTS, PRECISE_TEXTS, type TextRule } from './texts.data.js';

/** A server's answer, or a report's diagnostic. `code` 0 when only an enhanced code is known (a DSN's Status). */
export interface ReplyToClassify {
  readonly code: number;
  readonly enhanced?: string | null | undefined;
  readonly text: string;
}

/** An enhanced status code in its parts; `code` is the normal spelling without leading zeros. */
export interface EnhancedCode {
  readonly class: 2 | 4 | 5;
  readonly subject: number;
  readonly detail: number;
  readonly code: string;
}

/** Enough for every known wording; a reply may have 8 kB. */
const MAX_TEXT = 1000;

/** The RFC 3463 code that a text starts with (`5.1.1 No such user`), or undefined. */
export function parseEnhancedCode(text: string): EnhancedCode | undefined {
  const match = /^\s{0,4}([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])/.exec(text);
  if (match === null) return undefined;
  const [digit, subject, detail] = [Number(match[1]), Number(match[2]), Number(match[3])];
  return { class: digit as 2 | 4 | 5, subject, detail, code: `${String(digit)}.${String(subject)}.${String(detail)}` };
}

/**
 * Class and reason of a refusal, by data: plain wordings first, then the enhanced code, then (where that is vague or missing) loose
 * wordings, then the reply code. A 4xx is never `hard`. Never throws; linear time. Source: interfaces.md §3, policy.md §7, security.md S37.
 */
export function classifyReply(reply: ReplyToClassify): Classification {
  const text = reply.text.slice(0, MAX_TEXT).toLowerCase();
  const enhanced = parseEnhancedCode(reply.enhanced ?? '') ?? parseEnhancedCode(reply.text);
  const transient = isTransient(reply.code, enhanced);
  const precise = matching(PRECISE_TEXTS, text);
  if (precise !== undefined) return decide(precise, transient);
  const key = enhanced === undefined ? '' : `${String(enhanced.subject)}.${String(enhanced.detail)}`;
  const coded: CodeRule | undefined = ENHANCED_CODES[key] ?? PROVIDER_CODES[key];
  if (coded !== undefined && coded.vague !== true) return decide(coded, transient);
  const loose = matching(LOOSE_TEXTS, text);
  if (loose !== undefined) return decide(loose, transient);
  if (coded !== undefined && key !== '0.0') return decide(coded, transient);
  const subject = enhanced === undefined ? undefined : ENHANCED_CODES[`${String(enhanced.subject)}.0`];
  if (subject !== undefined && key !== '0.0') return decide(subject, transient);
  const basic = BASIC_CODES[reply.code];
  return decide({ permanent: basic ?? ['undetermined', 'unknown'], ...(basic === undefined && { transient: ['soft', 'unknown'] }) }, transient);
}

// The reply code decides: it is what the protocol acts on. A DSN without one has only its status.
function isTransient(code: number, enhanced: EnhancedCode | undefined): boolean {
  if (code >= 400 && code < 600) return code < 500;
  return enhanced?.class === 4;
}

function matching(rules: readonly TextRule[], text: string): TextRule | undefined {
  return rules.find(({ pattern }) => pattern.test(text));
}

function decide({ permanent, transient }: { permanent: readonly [BounceClass, BounceReason]; transient?: readonly [BounceClass, BounceReason] }, isNow: boolean): Classification {
  const [cls, reason] = isNow ? (transient ?? permanent) : permanent;
  return { class: isNow && cls === 'hard' ? 'soft' : cls, reason };
}
