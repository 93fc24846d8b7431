import { Controller } from '@nestjs/common';
import {
  DomainsServiceService, type CreateDomainRequest, type CreateDomainResponse, type DeleteDomainRequest, type DeleteDomainResponse, type Domain, type DomainsService, type GetDomainRequest,
  type GetDomainResponse, type ListDomainsRequest, type ListDomainsResponse, type VerifyDomainRequest, type VerifyDomainResponse,
} from '@nexoramail/contracts';
import { pageEnd, pageSize } from '@nexoramail/kernel';
import { accountOf, Cursors, GrpcService, knownId } from '@nexoramail/platform';
import { CreateDomainHandler } from '../application/create-domain.js';
import { DeleteDomainHandler } from '../application/delete-domain.js';
import { GetDomainHandler } from '../application/get-domain.js';
import { ListDomainsHandler } from '../application/list-domains.js';
import { VerifyDomainHandler } from '../application/verify-domain.js';
import type { SenderDomain } from '../domain/sender-domain.js';

/** Sender domains of an account, the same in both modes: `proto` DomainsService. */
@Controller()
@GrpcService(DomainsServiceService)
export class DomainsController implements DomainsService {
  constructor(
    private readonly create: CreateDomainHandler,
    private readonly get: GetDomainHandler,
    private readonly list: ListDomainsHandler,
    private readonly verify: VerifyDomainHandler,
    private readonly remove: DeleteDomainHandler,
    private readonly cursors: Cursors,
  ) {}

  async createDomain({ scope, name }: CreateDomainRequest): Promise<CreateDomainResponse> {
    return { domain: toMessage(await this.create.execute(accountOf(scope), name)) };
  }

  async getDomain({ scope, domainId }: GetDomainRequest): Promise<GetDomainResponse> {
    return { domain: toMessage(await this.get.execute(accountOf(scope), knownId(domainId, 'domain'))) };
  }

  async listDomains({ scope, page }: ListDomainsRequest): Promise<ListDomainsResponse> {
    const accountId = accountOf(scope);
    const list = `domains\0${accountId}`;
    const found = await this.list.execute(accountId, this.cursors.read(list, page?.after ?? ''), pageSize(page?.limit ?? 0));
    return { domains: found.items.map(toMessage), page: pageEnd(found, ({ id }) => this.cursors.write(list, id)) };
  }

  async verifyDomain({ scope, domainId }: VerifyDomainRequest): Promise<VerifyDomainResponse> {
    return { domain: toMessage(await this.verify.execute(accountOf(scope), knownId(domainId, 'domain'))) };
  }

  async deleteDomain({ scope, domainId }: DeleteDomainRequest): Promise<DeleteDomainResponse> {
    await this.remove.execute(accountOf(scope), knownId(domainId, 'domain'));
    return {};
  }
}

function toMessage({ id, name, state, records, createdAt, verifiedAt }: SenderDomain): Domain {
  return { id, name, status: state, createdAt, verifiedAt, records: records.map((record) => ({ ...record, seen: [...record.seen] })) };
}
