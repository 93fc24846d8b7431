import { endOfData } from '../smtp/dot-stuff.js';
import type { SmtpReply } from '../smtp/reply.js';
import { LinkError } from './link-error.js';
import { envelopeFor } from './message.js';
import type { ClientParts, OpenLink } from './open.js';
import type { Answer } from './reply-channel.js';
import type { Job } from './job.js';
import { Transcript } from './transcript.js';

const ONE_WRITE_OCTETS = 65_536;

/** A job whose envelope was sent, or is about to be with the text of the one before. */
interface Staged {
  readonly job: Job;
  /** MAIL, RCPT and DATA with a peer that pipelines; MAIL alone otherwise. */
  readonly bytes: string;
  readonly rcpt: string;
  readonly answers: { readonly mail: Promise<Answer>; readonly rcpt?: Promise<Answer>; readonly data?: Promise<Answer> };
}

/** How a job left the connection. */
type Step = 'done' | 'again';

/**
 * One open session. It carries one message after the other; with a peer that pipelines (RFC 2920), MAIL, RCPT and DATA
 * go in one write, and the next job's in the same write as the text before it. `takeNext` gives that job.
 */
export class SmtpConnection {
  /** Messages begun. */
  carried = 0;
  private mustReset = false;

  constructor(
    private readonly parts: ClientParts,
    readonly link: OpenLink,
    private readonly takeNext: (connection: SmtpConnection) => Job | undefined,
    /** A job found the kept connection dead before the peer answered it: it may go over another one. */
    private readonly giveBack: (job: Job) => void,
    /** No text is begun any more. */
    private readonly stopping: () => boolean = () => false,
  ) {}

  /** True when no further message can be sent. */
  get closing(): boolean {
    return this.link.channel.closing;
  }

  /** Sends this job, and those that `takeNext` gives meanwhile. Resolves when none is on its way; never rejects. */
  async run(job: Job): Promise<void> {
    let staged = this.stage(job);
    if (staged !== undefined) this.link.channel.write(staged.bytes);
    while (staged !== undefined) staged = await this.complete(staged);
  }

  /** Says QUIT and closes; the connection must be idle. */
  async quit(): Promise<void> {
    const { channel } = this.link;
    if (!channel.closing) {
      const bye = channel.expect(new Transcript(this.parts.monotonic), this.parts.timeouts.quitMs);
      channel.write('QUIT\r\n');
      await bye;
    }
    this.destroy('closed by us');
  }

  /** Closes at once; `aborted` when that is our own wish. */
  destroy(why: string, fault: 'connection_lost' | 'aborted' = 'connection_lost'): void {
    this.link.channel.fail(new LinkError(fault, why));
  }

  /** Puts the envelope together and expects its replies; undefined when the peer cannot take the message. */
  private stage(job: Job): Staged | undefined {
    const { channel, capabilities } = this.link;
    if (this.carried > 0) job.begin(this.link); // the first job's transcript goes on from the opening
    job.link = this.link;
    this.carried += 1;
    const envelope = envelopeFor(job.message, capabilities);
    if ('reply' in envelope) {
      job.answered('local', envelope.reply, 'rejected', envelope.fault);
      return undefined;
    }
    const { mailMs, rcptMs, dataMs, commandMs } = this.parts.timeouts;
    const { transcript } = job;
    const commands = capabilities.pipelining ? [envelope.mail, envelope.rcpt, 'DATA'] : [envelope.mail];
    if (this.mustReset) {
      void channel.expect(transcript, commandMs);
      commands.unshift('RSET');
      this.mustReset = false;
    }
    for (const command of commands) transcript.client(command);
    return {
      job,
      bytes: `${commands.join('\r\n')}\r\n`,
      rcpt: envelope.rcpt,
      answers: capabilities.pipelining
        ? { mail: channel.expect(transcript, mailMs), rcpt: channel.expect(transcript, rcptMs), data: channel.expect(transcript, dataMs) }
        : { mail: channel.expect(transcript, mailMs) },
    };
  }

  private async complete(staged: Staged): Promise<Staged | undefined> {
    const { job } = staged;
    const { signal } = job;
    const abort = (): void => this.destroy('given up', 'aborted');
    if (signal?.aborted === true || this.stopping()) abort();
    signal?.addEventListener('abort', abort, { once: true });
    try {
      if ((await this.envelope(staged)) === 'done') return undefined;
      return await this.text(job, () => signal?.removeEventListener('abort', abort));
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }

  /** Reads the answers to MAIL, RCPT and DATA. `again` when the text may be sent. */
  private async envelope({ job, rcpt, answers }: Staged): Promise<Step> {
    const reused = this.carried > 1;
    const mail = await answers.mail;
    if (mail.reply === undefined || mail.reply.code === 421 || (reused && mail.reply.code === 503)) {
      // a kept connection that the peer has closed, ends now, or on which it lost count: no word about the message yet
      if (reused && mail.error?.fault !== 'aborted' && !job.fresh) this.giveBack(job);
      else if (mail.reply === undefined) job.broken('mail', mail.error);
      else job.refused('mail', mail.reply);
      if (mail.reply !== undefined) this.destroy('of no more use');
      return 'done';
    }
    const to = answers.rcpt ?? (mail.reply.code < 400 ? this.command(job, rcpt, this.parts.timeouts.rcptMs) : undefined);
    const taken = await to;
    const data = await (answers.data ?? (taken?.reply !== undefined && taken.reply.code < 400 ? this.command(job, 'DATA', this.parts.timeouts.dataMs) : undefined));
    const [stage, refusal] = firstRefusal(mail.reply, taken, data);
    if (refusal === undefined) return 'again';
    if (refusal.reply === undefined) job.broken(stage, refusal.error);
    else job.refused(stage, refusal.reply);
    this.mustReset = mail.reply.code < 400;
    if (data?.reply?.code === 354) await this.emptyText(job); // the peer waits for a text that nobody may get
    if (this.mustReset && !this.link.capabilities.pipelining) {
      await this.command(job, 'RSET', this.parts.timeouts.commandMs);
      this.mustReset = false;
    }
    return 'done';
  }

  /** Ends a text that was asked for although the recipient was refused, with nothing in it (RFC 2920 §3.1). */
  private async emptyText(job: Job): Promise<void> {
    const end = this.link.channel.expect(job.transcript, this.parts.timeouts.finalDotMs);
    this.link.channel.write('.\r\n');
    const { reply } = await end;
    if (reply !== undefined && reply.code < 400) this.destroy('the peer took an empty message'); // it delivers to nobody, but makes no sense
  }

  private command(job: Job, line: string, timeoutMs: number): Promise<Answer> {
    const answer = this.link.channel.expect(job.transcript, timeoutMs);
    if (this.link.channel.failure === undefined) {
      job.transcript.client(line);
      this.link.channel.write(`${line}\r\n`);
    }
    return answer;
  }

  /** Sends the text; `handedOver` is called when it is too late to give up. Gives the job whose envelope went along. */
  private async text(job: Job, handedOver: () => void): Promise<Staged | undefined> {
    const { channel, capabilities } = this.link;
    const { stuffed } = job;
    let early: Answer | undefined;
    const answer = channel.expect(job.transcript).then((given) => (early = given));
    let sent = 0;
    while (stuffed.length - sent > ONE_WRITE_OCTETS && early === undefined) {
      const slice = stuffed.subarray(sent, sent + ONE_WRITE_OCTETS);
      sent += slice.length;
      await this.block(slice, answer);
    }
    if (early === undefined && !(await Promise.race([mayFinish(job), answer.then(() => true)]))) this.destroy('given up before the final dot', 'aborted');
    await Promise.resolve(); // an answer or an end that came meanwhile settles first
    if (early !== undefined || channel.failure !== undefined) {
      const { reply, error } = early ?? (await answer);
      if (reply === undefined) job.broken('data', error);
      else if (reply.code >= 400) job.refused('data', reply);
      else job.broken('data', new LinkError('protocol_error', `${reply.code} before the end of the text`));
      this.destroy('answered before the end of the text');
      return undefined;
    }
    const next = capabilities.pipelining && !channel.closing ? this.takeNext(this) : undefined;
    const staged = next === undefined ? undefined : this.stage(next);
    handedOver();
    job.transcript.client(`(${job.message.content.length} octets of text)`);
    job.transcript.client('.');
    let flushed = false;
    const tail = Buffer.concat([stuffed.subarray(sent), Buffer.from(endOfData(job.message.content) + (staged?.bytes ?? ''))]);
    channel.write(tail, () => { flushed = true; });
    channel.startTimer(this.parts.timeouts.finalDotMs);
    const { reply, error } = await answer;
    if (reply === undefined) job.broken('end', error, flushed || staged !== undefined ? 'unknown' : 'deferred');
    else if (reply.code < 300) job.answered('end', reply, 'accepted');
    else if (reply.code < 400) job.broken('end', new LinkError('protocol_error', `${reply.code} after the text`), 'unknown');
    else job.refused('end', reply);
    if (reply !== undefined && reply.code >= 300 && reply.code < 400) this.destroy('the peer lost count');
    if (reply?.code === 421) this.destroy('the peer said 421');
    return staged;
  }

  /** Writes part of the text and waits until the system takes more, the peer answers or `blockMs` pass. */
  private async block(slice: Buffer, answer: Promise<Answer>): Promise<void> {
    let cancel = (): void => undefined;
    const late = new Promise<void>((resolve) => {
      cancel = this.parts.scheduler.after(this.parts.timeouts.blockMs, () => {
        this.link.channel.fail(new LinkError('timeout', `the peer took no text for ${this.parts.timeouts.blockMs} ms`));
        resolve();
      });
    });
    const taken = new Promise<void>((resolve) => void this.link.channel.write(slice, resolve));
    await Promise.race([taken, answer, late]);
    cancel();
  }
}

/** The first refusal or loss among the envelope's answers. */
function firstRefusal(mail: SmtpReply, rcpt: Answer | undefined, data: Answer | undefined): ['mail' | 'rcpt' | 'data', Answer | undefined] {
  if (mail.code >= 300) return ['mail', { reply: { ...mail, lines: [] } }];
  if (rcpt !== undefined && (rcpt.reply === undefined || rcpt.reply.code >= 300)) return ['rcpt', rcpt];
  if (data !== undefined && (data.reply === undefined || data.reply.code !== 354)) return ['data', data];
  return ['data', undefined];
}

async function mayFinish(job: Job): Promise<boolean> {
  if (job.signal?.aborted === true) return false;
  try {
    return (await job.message.beforeFinalDot?.()) !== false;
  } catch {
    return false;
  }
}
