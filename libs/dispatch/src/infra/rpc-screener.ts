import { AppError, ok, refused, retry, toAppError, type ItemResult } from '@nexoramail/kernel';
import type { ScreeningService, ScreenResult } from '@nexoramail/contracts';
import { Coalescer, fromItemError } from '@nexoramail/platform';
import type { Screener, ScreenFacts, ScreenQuestion } from '../application/ports/accept-ports.js';

/** Screen by rpc: questions that come while a call is under way leave together in the next one. */
export class RpcScreener implements Screener {
  private readonly line: Coalescer<ScreenQuestion, ItemResult<ScreenFacts>>;

  constructor(private readonly client: ScreeningService) {
    this.line = new Coalescer({
      send: (questions) => this.call(questions, false),
      sizeOf: ({ recipients }) => 300 + recipients.reduce((sum, address) => sum + address.length + 4, 0),
      inFlight: 2,
    });
  }

  screen(question: ScreenQuestion): Promise<ItemResult<ScreenFacts>> {
    return answered(this.line.submit(question));
  }

  ask(question: ScreenQuestion): Promise<ItemResult<ScreenFacts>> {
    return answered(this.call([question], true).then(([answer]) => answer ?? resultOf({ result: undefined })));
  }

  private async call(questions: readonly ScreenQuestion[], dryRun: boolean): Promise<ItemResult<ScreenFacts>[]> {
    const { results } = await this.client.screen({ items: questions.map((question) => ({ ...question, recipients: [...question.recipients] })), ...(dryRun && { dryRun }) });
    return results.map(resultOf);
  }
}

async function answered(answer: Promise<ItemResult<ScreenFacts>>): Promise<ItemResult<ScreenFacts>> {
  try {
    return await answer;
  } catch (error) {
    const known = toAppError(error);
    return retry(known.code === 'rate_limited' || known.code === 'temporarily_unavailable' ? known : new AppError('temporarily_unavailable', 'The message could not be checked. Repeat the request.', { retryAfterS: 1, cause: error }));
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
