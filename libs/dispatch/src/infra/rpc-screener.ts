import { AppError, ok, refused, retry, toAppError, type ItemResult } from '@nexoramail/kernel';
import type { ScreeningService, ScreenResult } from '@nexoramail/contracts';
import { Coalescer, fromItemError } from '@nexoramail/platform';
import type { Screener, ScreenFacts, ScreenQuestion } from '../application/ports/accept-ports.js';

/** Screen by rpc: questions that come while a call is under way leave together in the next one. */
export class RpcScreener implements Screener {
  private readonly line: Coalescer<ScreenQuestion, ItemResult<ScreenFacts>>;

  constructor(private readonly client: ScreeningService) {
    this.line = new Coalescer({
      send: (questions) => this.ask(questions),
      sizeOf: ({ recipients }) => 300 + recipients.reduce((sum, address) => sum + address.length + 4, 0),
      inFlight: 2,
    });
  }

  async screen(question: ScreenQuestion): Promise<ItemResult<ScreenFacts>> {
    try {
      return await this.line.submit(question);
    } catch (error) {
      const known = toAppError(error);
      return retry(known.code === 'rate_limited' || known.code === 'temporarily_unavailable' ? known : new AppError('temporarily_unavailable', 'The message could not be checked. Repeat the request.', { retryAfterS: 1, cause: error }));
    }
  }

  private async ask(questions: readonly ScreenQuestion[]): Promise<ItemResult<ScreenFacts>[]> {
    const { results } = await this.client.screen({ items: questions.map((question) => ({ ...question, recipients: [...question.recipients] })) });
    return results.map(resultOf);
  }
}

function resultOf({ result }: ScreenResult): ItemResult<ScreenFacts> {
  switch (result?.$case) {
    case 'ok': {
      const { domainId, domain, returnPathDomain, selectors, suppressed, domainVersion } = result.ok;
      return ok({ domainId, domain, returnPathDomain, selectors, suppressed, domainVersion: Number(domainVersion) });
    }
    case 'refused':
      return refused(fromItemError(result.refused));
    case 'retry':
      return retry(fromItemError(result.retry));
    default:
      return retry(new AppError('temporarily_unavailable', 'The message could not be checked. Repeat the request.', { retryAfterS: 1 }));
  }
}
