import { UnauthorizedError } from '@nexoramail/sdk';
import { readDemo, signIn, verifyFactor, type DemoAccount } from '../../session/session.js';

/** What the demo's sign-in calls, and how it waits. */
export interface DemoSteps {
  readonly signIn: (email: string, password: string) => Promise<'factor' | 'done'>;
  readonly verifyFactor: (code: string) => Promise<void>;
  readonly readDemo: () => Promise<DemoAccount | null>;
  readonly sleep: (ms: number) => Promise<void>;
}

const POLL_MS = 1_500;
/** A code lives 30 s; a little more for a slow clock. */
const MAX_POLLS = 24;
const STEPS: DemoSteps = { signIn, verifyFactor, readDemo, sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)) };

/** Both steps with the demo's credentials. A code works once: when this one was used a moment ago, `onWait` is told and the next one awaited. */
export async function signInAsDemo(demo: DemoAccount, onWait: () => void, steps: DemoSteps = STEPS): Promise<void> {
  if ((await steps.signIn(demo.email, demo.password)) === 'done') return;
  let used: string | undefined;
  let refusal: unknown;
  for (let n = 0; n < MAX_POLLS; n += 1) {
    const code = (await steps.readDemo())?.code ?? demo.code;
    if (code !== used) {
      try {
        return await steps.verifyFactor(code);
      } catch (error) {
        // A second refusal is no used code, and each one counts against the account.
        if (!(error instanceof UnauthorizedError) || used !== undefined) throw error;
        [used, refusal] = [code, error];
        onWait();
      }
    }
    await steps.sleep(POLL_MS);
  }
  throw refusal;
}
