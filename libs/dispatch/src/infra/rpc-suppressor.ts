import type { SuppressItem, SuppressionsService, SuppressResult } from '@nexoramail/contracts';
import { Coalescer, type Logger } from '@nexoramail/platform';
import type { LeasedRecipient, Suppressor } from '../application/ports/deliver-ports.js';

/** `SuppressRecipients` before a hard bounce is committed. The rpc's own deadline is 2 s; a failure is ignored, since the topic repeats it. */
export class RpcSuppressor implements Suppressor {
  private readonly line: Coalescer<SuppressItem, SuppressResult>;

  constructor(private readonly client: SuppressionsService, private readonly logger: Logger) {
    this.line = new Coalescer({ send: async (items) => (await this.client.suppressRecipients({ items: [...items] })).results, inFlight: 2 });
  }

  async suppress({ accountId, mode, address, messageId }: LeasedRecipient, sourceEventId: string): Promise<void> {
    try {
      await this.line.submit({ scope: { accountId, mode }, address, origin: 'hard_bounce', sourceEventId, messageId, category: '' });
    } catch (error) {
      this.logger.warn({ err: error, message_id: messageId }, 'A bounced recipient could not be suppressed at once; the event does it');
    }
  }
}
