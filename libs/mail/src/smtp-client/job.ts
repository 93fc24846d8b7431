import type { Clock, Monotonic } from '@nexoramail/kernel';
import { dotStuff } from '../smtp/dot-stuff.js';
import type { SmtpReply } from '../smtp/reply.js';
import type { LinkError } from './link-error.js';
import type { OutgoingMessage } from './message.js';
import type { OpenFailure, OpenLink, Peer } from './open.js';
import { kindOfRefusal, type LinkFault, type Outcome, type Stage } from './outcome.js';
import { Transcript } from './transcript.js';

/** One message on its way through the client, from `send` to its outcome. */
export class Job {
  startedAt: Date;
  transcript: Transcript;
  /** Where the outcome is recorded as having been decided. */
  link: Pick<OpenLink, 'peer' | 'tls' | 'tlsFault'> | undefined;
  /** A fresh connection is wanted: the kept one turned out to be dead. */
  fresh = false;
  /** The content with its dots stuffed. */
  readonly stuffed: Buffer;
  private resolve: (outcome: Outcome) => void = () => undefined;
  /** The outcome. */
  readonly outcome: Promise<Outcome>;

  /** Throws `UnsafeMessageError` for a content that must not go on the wire. */
  constructor(readonly message: OutgoingMessage, private readonly clock: Clock, private readonly monotonic: Monotonic, readonly signal?: AbortSignal) {
    this.stuffed = dotStuff(message.content);
    this.outcome = new Promise((resolve) => { this.resolve = resolve; });
    this.startedAt = clock.now();
    this.transcript = new Transcript(monotonic);
  }

  /** The attempt begins now. */
  begin(link?: Pick<OpenLink, 'peer' | 'tls' | 'tlsFault'>): void {
    this.startedAt = this.clock.now();
    this.transcript = new Transcript(this.monotonic);
    this.link = link;
  }

  answered(stage: Stage, reply: SmtpReply, kind: Outcome['kind'], fault: LinkFault | null = null): void {
    this.end({ kind, stage, reply, fault, detail: null, aborted: false });
  }

  refused(stage: Stage, reply: SmtpReply): void {
    this.answered(stage, reply, kindOfRefusal(reply));
  }

  broken(stage: Stage, error: LinkError, kind: 'deferred' | 'unknown' = 'deferred'): void {
    this.end({ kind, stage, reply: null, fault: error.fault, detail: error.message, aborted: error.fault === 'aborted' && kind === 'deferred' });
  }

  /** No session could be opened: `permanent` when every host said 5xx. */
  unopened({ peer, stage, reply, error, tlsFault }: OpenFailure, permanent: boolean): void {
    this.link = { peer, tls: null, tlsFault };
    this.end({ kind: permanent ? 'rejected' : 'deferred', stage, reply: publicReply(reply), fault: error?.fault ?? null, detail: error?.message ?? null, aborted: error?.fault === 'aborted' });
  }

  private end(decided: Pick<Outcome, 'kind' | 'stage' | 'reply' | 'fault' | 'detail' | 'aborted'>): void {
    const peer: Peer | undefined = this.link?.peer;
    this.resolve({
      ...decided,
      reply: publicReply(decided.reply),
      mx: peer?.host ?? null,
      ip: peer?.ip ?? null,
      tls: this.link?.tls ?? null,
      tlsFault: this.link?.tlsFault ?? null,
      startedAt: this.startedAt,
      endedAt: this.clock.now(),
      transcript: this.transcript.lines(),
    });
  }
}

/** Without the lines that the parser keeps. */
const publicReply = (reply: SmtpReply | null): SmtpReply | null => (reply === null ? null : { code: reply.code, enhanced: reply.enhanced, text: reply.text });
