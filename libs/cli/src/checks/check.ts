import type { NexoraMail } from '@nexoramail/sdk';
import type { Demo, DemoFile, Settings } from '../demo-settings.js';
import type { Io } from '../io.js';

/** What a check found. `fix` says what to do about a fault. */
export interface Finding {
  readonly status: 'ok' | 'fault' | 'skipped';
  readonly detail: string;
  readonly fix?: string;
}

/** One line of the doctor's report. */
export interface Report extends Finding {
  readonly check: string;
}

/** What the checks look at. */
export interface Patient {
  readonly io: Io;
  readonly dataDir: string;
  readonly demoPath: string;
  readonly file: DemoFile;
  /** Undefined when there is neither `demo.json` nor a key. */
  readonly settings: Settings | undefined;
  readonly client: NexoraMail | undefined;
  /** Undefined for another installation: what only the embedded stack has is then not looked at. */
  readonly embedded: Demo | undefined;
}

/** How far the API could be reached: not at all, it answers, it takes the key. */
export type Reach = 'nothing' | 'answer' | 'key';

/** One question about the installation. */
export interface Check {
  /** Stable, for programs. */
  readonly name: string;
  /** For people. */
  readonly title: string;
  /** Skipped when the API does not go that far, so that one fault is told once. */
  readonly needs: Reach;
  run(patient: Patient): Promise<Finding>;
}

/** All is well. */
export const ok = (detail: string): Finding => ({ status: 'ok', detail });
/** Something is wrong; `fix` says what to do. */
export const fault = (detail: string, fix: string): Finding => ({ status: 'fault', detail, fix });
/** Nothing to look at here. */
export const skipped = (detail: string): Finding => ({ status: 'skipped', detail });

/** For a check of what only the embedded stack has. */
export const NOT_EMBEDDED = skipped('only the embedded stack has it, and this is another installation');
