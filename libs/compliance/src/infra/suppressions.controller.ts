import { Controller } from '@nestjs/common';
import {
  SuppressionsServiceService, type AddSuppressionRequest, type AddSuppressionResponse, type GetSuppressionRequest, type GetSuppressionResponse, type LiftSuppressionRequest,
  type LiftSuppressionResponse, type ListSuppressionsRequest, type ListSuppressionsResponse, type SuppressItem as ItemMessage, type SuppressRecipientsRequest, type SuppressRecipientsResponse,
  type SuppressResult, type SuppressionsService,
} from '@nexoramail/contracts';
import { isUuid, pageEnd, pageSize, type ItemResult } from '@nexoramail/kernel';
import { Cursors, GrpcService, scopeOf, toItemError } from '@nexoramail/platform';
import { AddSuppressionHandler } from '../application/add-suppression.js';
import { GetSuppressionHandler } from '../application/get-suppression.js';
import { LiftSuppressionHandler } from '../application/lift-suppression.js';
import { ListSuppressionsHandler } from '../application/list-suppressions.js';
import { SuppressRecipientsHandler, type SuppressItem } from '../application/suppress-recipients.js';
import type { Suppression } from '../domain/suppression.js';
import { toSuppression } from './changes.js';

/** Addresses that must not be mailed: `proto` SuppressionsService. */
@Controller()
@GrpcService(SuppressionsServiceService)
export class SuppressionsController implements SuppressionsService {
  constructor(
    private readonly suppress: SuppressRecipientsHandler,
    private readonly add: AddSuppressionHandler,
    private readonly get: GetSuppressionHandler,
    private readonly list: ListSuppressionsHandler,
    private readonly lift: LiftSuppressionHandler,
    private readonly cursors: Cursors,
  ) {}

  async suppressRecipients({ items }: SuppressRecipientsRequest): Promise<SuppressRecipientsResponse> {
    const results = await this.suppress.execute(items.map(toItem));
    return { results: results.map(toResult) };
  }

  async addSuppression({ scope, suppressionScope, ...wish }: AddSuppressionRequest): Promise<AddSuppressionResponse> {
    const { accountId, mode } = scopeOf(scope);
    return { suppression: toSuppression(await this.add.execute(accountId, mode, { ...wish, scope: suppressionScope, expiresAt: wish.expiresAt })) };
  }

  async getSuppression({ scope, address }: GetSuppressionRequest): Promise<GetSuppressionResponse> {
    const { accountId, mode } = scopeOf(scope);
    return { suppression: toSuppression(await this.get.execute(accountId, mode, address)) };
  }

  async listSuppressions({ scope, page, reason }: ListSuppressionsRequest): Promise<ListSuppressionsResponse> {
    const { accountId, mode } = scopeOf(scope);
    const list = `suppressions\0${accountId}\0${mode}\0${reason}`;
    const found = await this.list.execute(accountId, mode, reason, this.cursors.read(list, page?.after ?? ''), pageSize(page?.limit ?? 0));
    return { suppressions: found.items.map(toSuppression), page: pageEnd(found, ({ id }) => this.cursors.write(list, id)) };
  }

  async liftSuppression({ scope, address }: LiftSuppressionRequest): Promise<LiftSuppressionResponse> {
    const { accountId, mode } = scopeOf(scope);
    await this.lift.execute(accountId, mode, address);
    return {};
  }
}

function toItem({ scope, messageId, ...item }: ItemMessage): SuppressItem {
  return { ...item, ...scopeOf(scope), messageId: isUuid(messageId) ? messageId : undefined };
}

function toResult(item: ItemResult<Suppression>): SuppressResult {
  if (item.kind === 'ok') return { result: { $case: 'ok', ok: toSuppression(item.value) } };
  return { result: item.kind === 'refused' ? { $case: 'refused', refused: toItemError(item.error) } : { $case: 'retry', retry: toItemError(item.error) } };
}
