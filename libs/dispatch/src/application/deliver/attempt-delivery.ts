import { isAppError, publicId, type Clock, type IdSource, type Monotonic, type Random } from '@nexoramail/kernel';
import { classifyReply, UnsafeMessageError } from '@nexoramail/mail';
import { judge, type Outcome } from '../../domain/outcome.js';
import { deliveryRule } from '../../domain/standing.js';
import { domainOf } from '../../domain/submission.js';
import type { ScreenFacts, Screener } from '../ports/accept-ports.js';
import type { DeliveryJournal, Finish, LeasedRecipient, MessageBuilder, ReturnPaths, SenderDomains, SigningFacts, StandingReader, Suppressor, Transport } from '../ports/deliver-ports.js';
import { attemptOf, finishAttempt, finishWithout, giveBack, QUEUE_STATES } from './finishes.js';
import type { SiteBoard } from './site-board.js';

/** What an attempt needs. */
export interface AttemptParts {
  readonly clock: Clock;
  readonly wall: Clock;
  readonly monotonic: Monotonic;
  readonly ids: IdSource;
  readonly random: Random;
  readonly screener: Screener;
  readonly standings: StandingReader;
  readonly domains: SenderDomains;
  readonly builder: MessageBuilder;
  readonly returnPaths: ReturnPaths;
  readonly live: Transport;
  readonly simulated: Transport;
  readonly suppressor: Suppressor;
  readonly sites: SiteBoard;
  readonly journal: DeliveryJournal;
  readonly point: (name: string) => void | Promise<void>;
}

/** An answer of Screen counts this long. */
const SCREEN_FRESH_MS = 5_000;
/** With less of the lease left the final dot is not sent: another worker may already have the row. */
const LEAST_LEASE_MS = 5_000;
const WAIT_FOR_KEY_MS = 60_000;
const WAIT_FOR_SERVICE_MS = 15_000;
const WAIT_AFTER_DEFECT_MS = 60_000;

/** One try for one leased recipient: screen, standing, build, hand over, judge. Gives what is to be committed; never rejects. */
export class AttemptDelivery {
  constructor(private readonly parts: AttemptParts) {}

  async execute(row: LeasedRecipient, signal: AbortSignal): Promise<Finish> {
    try {
      return await this.attempt(row, signal);
    } catch (error) {
      return this.failed(row, error);
    }
  }

  private async attempt(row: LeasedRecipient, signal: AbortSignal): Promise<Finish> {
    const held = await this.standing(row);
    if (held) return held;
    const signing = await this.signing(row);
    if ('kind' in signing) return signing;
    const built = row.mode === 'test' ? NOTHING_TO_SEND : await this.parts.builder.build(row, signing);
    if (built === undefined) return this.wait(row, WAIT_FOR_KEY_MS, 'no_signing_key');
    await this.parts.point('deliver.before-mail');
    if (signal.aborted) return giveBack(row, { runAt: row.runAt, reason: row.reason });
    const startedAt = this.parts.clock.now();
    const envelope = {
      returnPath: row.mode === 'test' ? '' : this.parts.returnPaths.mint(row, signing.returnPathDomain),
      recipient: row.address, requireTls: row.requireTls, needsSmtpUtf8: built.needsSmtpUtf8, eightBit: built.eightBit, lane: row.site, tries: row.tries,
    };
    const transport = row.mode === 'test' ? this.parts.simulated : this.parts.live;
    const outcome = await transport.deliver(envelope, built.mime, { signal, beforeFinalDot: () => this.mayFinish(row) });
    if (outcome.kind === 'accepted') await this.afterAcceptance(row);
    return this.conclude(row, outcome, startedAt);
  }

  /** The peer has the message: whatever fails from here on must not lead to another try. */
  private async afterAcceptance(row: LeasedRecipient): Promise<void> {
    try {
      await this.parts.point('deliver.after-250');
    } catch (error) {
      this.parts.journal.defect(row, error);
    }
  }

  /** Looked at again right before the final dot: lease and standing. A process that was paused wakes up here. */
  private async mayFinish(row: LeasedRecipient): Promise<boolean> {
    if (row.leaseEndsAt - this.parts.monotonic.now() < LEAST_LEASE_MS) return false;
    try {
      return deliveryRule(await this.parts.standings.standing(row.accountId)) === 'send' && row.leaseEndsAt - this.parts.monotonic.now() >= LEAST_LEASE_MS;
    } catch {
      return false; // no database: the end could not be written down either
    }
  }

  private async standing(row: LeasedRecipient): Promise<Finish | undefined> {
    switch (deliveryRule(await this.parts.standings.standing(row.accountId))) {
      case 'send':
        return undefined;
      case 'pause':
        return giveBack(row, { runAt: row.runAt, reason: 'account_paused', state: QUEUE_STATES.paused });
      case 'cancel':
        return finishWithout(row, { status: 'canceled', reason: 'account_terminated' }, this.parts.clock.now(), this.parts.ids.uuid());
    }
  }

  /** Domain and selectors to sign with: from Screen, asked again when its answer is older than 5 s. */
  private async signing(row: LeasedRecipient): Promise<SigningFacts | Finish> {
    if (this.parts.wall.now().getTime() - row.screenedAt.getTime() <= SCREEN_FRESH_MS) return (await this.parts.domains.newer(row)) ?? row;
    const answer = await this.parts.screener.screen({
      accountId: row.accountId, mode: row.mode, category: row.category, fromDomain: domainOf(row.fromAddress),
      envelopeDomain: row.envelopeFrom === '' ? '' : domainOf(row.envelopeFrom), recipients: [row.address], sensitive: row.sensitive, source: row.source, messageId: row.messageId,
    });
    if (answer.kind === 'ok') return this.screened(row, answer.value);
    // Not for the message to pay: it waits until the domain is well again, or its time is over.
    return this.wait(row, answer.kind === 'retry' ? WAIT_FOR_SERVICE_MS : WAIT_FOR_KEY_MS, answer.error.code);
  }

  private screened(row: LeasedRecipient, facts: ScreenFacts): SigningFacts | Finish {
    if (facts.suppressed.length === 0) return facts;
    return finishWithout(row, { status: 'suppressed', reason: 'recipient_suppressed' }, this.parts.clock.now(), this.parts.ids.uuid());
  }

  private async conclude(row: LeasedRecipient, outcome: Outcome, startedAt: Date): Promise<Finish> {
    const { clock, ids, random, sites, suppressor, journal } = this.parts;
    if (outcome.kind === 'aborted') return (await this.standing(row).catch(() => undefined)) ?? giveBack(row, { runAt: row.runAt, reason: row.reason });
    if (row.mode === 'live') {
      if (outcome.kind === 'deferred' && outcome.site !== 'well') sites[outcome.site](row.site);
      else if (outcome.kind !== 'unknown') sites.succeeded(row.site);
    }
    const endedAt = clock.now();
    const attempt = attemptOf(row, outcome, startedAt, endedAt, ids);
    const verdict = judge(outcome, row, classifyReply, endedAt, random);
    const finish = finishAttempt(row, verdict, attempt, ids.uuid());
    journal.attempted(row, outcome.kind, finish);
    // Before the commit: whoever sees `bounced` cannot mail the address again.
    if (verdict.kind === 'final' && verdict.suppress) await suppressor.suppress(row, publicId('evt', finish.eventId, finish.steps.length - 1));
    return finish;
  }

  private failed(row: LeasedRecipient, error: unknown): Finish {
    const now = this.parts.clock.now();
    if (isAppError(error) && error.definition.retryable && error.code !== 'internal') return this.wait(row, WAIT_FOR_SERVICE_MS, error.code);
    this.parts.journal.defect(row, error);
    // A message that can never be built or must never go on the wire ends here, and not silently.
    if (error instanceof UnsafeMessageError) return finishWithout(row, { status: 'failed', reason: 'content_rejected' }, now, this.parts.ids.uuid());
    if (isAppError(error) && error.code !== 'internal') {
      return finishWithout(row, { status: 'failed', reason: error.code === 'validation_failed' ? 'content_rejected' : 'system_error' }, now, this.parts.ids.uuid());
    }
    return this.wait(row, WAIT_AFTER_DEFECT_MS, 'system_error');
  }

  /** Back into the queue without a try, for a while. */
  private wait(row: LeasedRecipient, ms: number, reason: string): Finish {
    return giveBack(row, { runAt: new Date(this.parts.clock.now().getTime() + ms), reason, state: QUEUE_STATES.waiting });
  }
}

const NOTHING_TO_SEND = { mime: new Uint8Array(), needsSmtpUtf8: false, eightBit: false };
