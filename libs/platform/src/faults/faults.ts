import { AppError, ERROR_CODES, seededRandom, type ErrorCode } from '@nexoramail/kernel';
import { ConfigError } from '../config/parse.js';

/** Named places where a fault run may kill, fail or delay this process (`security.md` §3). Free when no fault is set. */
export interface Faults {
  /** Does nothing, or what `NEXORA_FAULTS` asks for here. Await it where a delay may be wanted. */
  point(name: string): void | Promise<void>;
}

/** The {@link Faults} of normal operation. */
export const noFaults: Faults = { point: () => undefined };

type Action = 'kill' | 'throw' | 'delay';

interface Rule {
  readonly point: string;
  readonly action: Action;
  /** Milliseconds of a delay, or the code of what is thrown (an error code of ours, or an SQLSTATE). */
  readonly argument: string | undefined;
  /** Acts with this probability at each pass … */
  readonly probability: number;
  /** … or at exactly this pass, counted from 1. */
  readonly pass: number | undefined;
}

const RULE = /^(?<point>[a-z0-9.:-]+?):(?<action>kill|throw|delay)(?:=(?<argument>[a-z0-9_]+))?(?:@(?<probability>0?\.\d+|0|1|1\.0+)|#(?<pass>[1-9]\d{0,8}))?$/i;

/** Rules of a spec such as `dispatch.after-250:kill@0.02,accept.before-commit:throw=40001#3,relay.publish:delay=500`. */
export function parseFaultSpec(spec: string): Rule[] {
  return spec.split(',').map((entry) => entry.trim()).filter((entry) => entry !== '').map((entry) => {
    const { point, action, argument, probability, pass } = RULE.exec(entry)?.groups ?? {};
    const bad = point === undefined || action === undefined || (action.toLowerCase() === 'delay' && !/^\d{1,6}$/.test(argument ?? ''));
    if (bad) throw new ConfigError([{ name: 'NEXORA_FAULTS', problem: 'must be a list of <point>:<kill|throw[=code]|delay=ms>[@probability|#pass] separated by commas' }]);
    return { point, action: action.toLowerCase() as Action, argument, probability: probability === undefined ? 1 : Number(probability), pass: pass === undefined ? undefined : Number(pass) };
  });
}

/** A fault run's hooks: each point draws from its own seeded sequence, so a failing seed replays whatever other points do. */
export class SpecFaults implements Faults {
  private readonly rules = new Map<string, { rule: Rule; passes: number; next: () => number }[]>();

  constructor(
    rules: readonly Rule[],
    seed: number,
    private readonly kill: () => void = () => void process.kill(process.pid, 'SIGKILL'),
    private readonly delay: (ms: number) => Promise<void> = (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  ) {
    for (const [place, rule] of rules.entries()) {
      const random = seededRandom(seed ^ hash(`${place}:${rule.point}`));
      this.rules.set(rule.point, [...(this.rules.get(rule.point) ?? []), { rule, passes: 0, next: () => random.fraction() }]);
    }
  }

  point(name: string): void | Promise<void> {
    let pause = 0;
    for (const state of this.rules.get(name) ?? []) {
      const { action, argument, pass, probability } = state.rule;
      state.passes++;
      if (pass === undefined ? state.next() >= probability : state.passes !== pass) continue;
      if (action === 'kill') this.kill();
      else if (action === 'delay') pause += Number(argument);
      else throw faultError(name, argument);
    }
    return pause > 0 ? this.delay(pause) : undefined;
  }
}

function faultError(point: string, code: string | undefined): Error {
  const message = `Fault injected at ${point}`;
  if (code !== undefined && Object.hasOwn(ERROR_CODES, code)) return new AppError(code as ErrorCode, message);
  return Object.assign(new Error(message), code === undefined ? {} : { code });
}

/** FNV-1a: spreads point names over seeds. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const letter of Buffer.from(text)) value = Math.imul(value ^ letter, 0x01000193);
  return value >>> 0;
}

/** The hooks for these variables: none without `NEXORA_FAULTS`; refused when `NODE_ENV=production`. Seeded by `NEXORA_FAULT_SEED` (1). */
export function createFaults(variables: Readonly<Record<string, string | undefined>>): Faults {
  const spec = variables['NEXORA_FAULTS']?.trim();
  if (!spec) return noFaults;
  if (variables['NODE_ENV'] === 'production') throw new ConfigError([{ name: 'NEXORA_FAULTS', problem: 'must not be set when NODE_ENV=production' }]);
  const seed = Number(variables['NEXORA_FAULT_SEED'] ?? '1');
  if (!Number.isInteger(seed)) throw new ConfigError([{ name: 'NEXORA_FAULT_SEED', problem: 'must be a whole number' }]);
  return new SpecFaults(parseFaultSpec(spec), seed);
}
