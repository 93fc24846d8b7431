import type { Random } from '@nexoramail/kernel';
import type { SandboxReply } from './mailbox-rules.js';

/** Moments at which a rule can act: `CONNECT` is the greeting, `DOT` the end of data. */
export const SCRIPT_COMMANDS = ['CONNECT', 'EHLO', 'STARTTLS', 'MAIL', 'RCPT', 'DATA', 'DOT', 'RSET', 'NOOP', 'QUIT'] as const;
/** One of {@link SCRIPT_COMMANDS}. */
export type ScriptCommand = (typeof SCRIPT_COMMANDS)[number];

/** One rule of `PUT /script`. All matchers given must match; without `command` a reply is given at RCPT, a latency at all. */
export interface ScriptRule {
  /** Full address of a recipient, in any letter case. */
  readonly address?: string;
  /** Recipient domain. */
  readonly domain?: string;
  /** MX host that the client connected to. Gets a loopback address of its own, where the system has more than one. */
  readonly mxHost?: string;
  readonly command?: ScriptCommand;
  /** 0…1, default 1. */
  readonly probability?: number;
  /** The rule ends after this many uses. */
  readonly times?: number;
  /** Milliseconds before the reply. */
  readonly latencyMs?: number;
  /** Highest TLS version that is offered; `none` hides STARTTLS. */
  readonly tls?: 'none' | 'TLSv1.2' | 'TLSv1.3';
  readonly reply?: SandboxReply;
  /** Closes the connection: after the reply, or without one when none is given. */
  readonly cut?: boolean;
  /** At DOT, with `cut` or a refusal: the message is stored all the same. */
  readonly stored?: boolean;
}

/** Where a session stands when a rule is asked for. */
export interface ScriptMoment {
  readonly command: ScriptCommand;
  readonly mxHosts: readonly string[];
  /** The recipient of this RCPT, or those of the transaction; lower case. */
  readonly addresses?: readonly string[];
}

/** What the rules say about one moment. */
export interface ScriptDecision {
  readonly reply?: SandboxReply;
  readonly cut?: boolean;
  readonly stored?: boolean;
  readonly latencyMs: number;
}

const NONE: ScriptDecision = { latencyMs: 0 };

/** The rules of `PUT /script`, asked before the mailbox rules: the first rule with a reply or a cut decides, the first with a latency delays. */
export class Script {
  private current: { readonly rule: ScriptRule; left: number }[] = [];

  constructor(private readonly random: Random) {}

  /** Puts these rules in the place of all before. */
  replace(rules: readonly ScriptRule[]): void {
    this.current = rules.map((rule) => ({ rule: normalise(rule), left: rule.times ?? Infinity }));
  }

  /** Back to the mailbox rules alone. */
  reset(): void {
    this.current = [];
  }

  /** The rules in force, in order. */
  get rules(): readonly ScriptRule[] {
    return this.current.map(({ rule }) => rule);
  }

  decide(moment: ScriptMoment): ScriptDecision {
    if (this.current.length === 0) return NONE;
    let latencyMs: number | undefined;
    for (const entry of this.current) {
      const { rule } = entry;
      const acts = rule.reply !== undefined || rule.cut === true;
      if (!acts && (rule.latencyMs === undefined || latencyMs !== undefined)) continue;
      if (entry.left <= 0 || !matches(rule, moment, acts) || this.random.fraction() >= (rule.probability ?? 1)) continue;
      entry.left -= 1;
      latencyMs ??= rule.latencyMs;
      if (!acts) continue;
      return {
        latencyMs: latencyMs ?? 0,
        ...(rule.reply !== undefined && { reply: rule.reply }),
        ...(rule.cut !== undefined && { cut: rule.cut }),
        ...(rule.stored !== undefined && { stored: rule.stored }),
      };
    }
    return { latencyMs: latencyMs ?? 0 };
  }

  /** The TLS ceiling for a client of these MX hosts. */
  tlsCeiling(mxHosts: readonly string[]): 'none' | 'TLSv1.2' | 'TLSv1.3' {
    const entry = this.current.find(({ rule }) => rule.tls !== undefined && (rule.mxHost === undefined || mxHosts.includes(rule.mxHost)));
    return entry?.rule.tls ?? 'TLSv1.3';
  }
}

function normalise(rule: ScriptRule): ScriptRule {
  return {
    ...rule,
    ...(rule.address !== undefined && { address: rule.address.toLowerCase() }),
    ...(rule.domain !== undefined && { domain: rule.domain.toLowerCase() }),
    ...(rule.mxHost !== undefined && { mxHost: rule.mxHost.toLowerCase() }),
  };
}

function matches(rule: ScriptRule, moment: ScriptMoment, acts: boolean): boolean {
  if (rule.command !== undefined ? rule.command !== moment.command : acts && moment.command !== 'RCPT') return false;
  if (rule.mxHost !== undefined && !moment.mxHosts.includes(rule.mxHost)) return false;
  const { address, domain } = rule;
  if (address === undefined && domain === undefined) return true;
  return (moment.addresses ?? []).some((one) => (address === undefined || one === address) && (domain === undefined || one.endsWith(`@${domain}`)));
}
