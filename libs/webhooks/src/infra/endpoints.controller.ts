import { Controller } from '@nestjs/common';
import {
  EndpointsServiceService, type CreateEndpointRequest, type CreateEndpointResponse, type DeleteEndpointRequest, type DeleteEndpointResponse, type EnableEndpointRequest,
  type EnableEndpointResponse, type Endpoint as EndpointMessage, type EndpointsService, type GetEndpointRequest, type GetEndpointResponse, type ListEndpointAttemptsRequest,
  type ListEndpointAttemptsResponse, type ListEndpointsRequest, type ListEndpointsResponse, type RotateSecretRequest, type RotateSecretResponse, type TestEndpointRequest,
  type TestEndpointResponse, type UpdateEndpointRequest, type UpdateEndpointResponse,
} from '@nexoramail/contracts';
import { GrpcService, knownId, scopeOf } from '@nexoramail/platform';
import { CreateEndpoint } from '../application/create-endpoint.js';
import { DeleteEndpoint } from '../application/delete-endpoint.js';
import { EnableEndpoint } from '../application/enable-endpoint.js';
import { GetEndpoint } from '../application/get-endpoint.js';
import { ListEndpointAttempts } from '../application/list-endpoint-attempts.js';
import { ListEndpoints } from '../application/list-endpoints.js';
import { RotateSecret } from '../application/rotate-secret.js';
import { TestEndpoint } from '../application/test-endpoint.js';
import { UpdateEndpoint } from '../application/update-endpoint.js';
import type { Endpoint } from '../domain/endpoint.js';

/** Webhook endpoints over gRPC. */
@Controller()
@GrpcService(EndpointsServiceService)
export class EndpointsController implements EndpointsService {
  constructor(
    private readonly create: CreateEndpoint, private readonly get: GetEndpoint, private readonly list: ListEndpoints, private readonly update: UpdateEndpoint,
    private readonly remove: DeleteEndpoint, private readonly rotate: RotateSecret, private readonly test: TestEndpoint, private readonly enable: EnableEndpoint,
    private readonly attempts: ListEndpointAttempts,
  ) {}

  async createEndpoint({ scope, url, events, description }: CreateEndpointRequest): Promise<CreateEndpointResponse> {
    const { endpoint, secret } = await this.create.execute({ ...scopeOf(scope), url, events, description });
    return { endpoint: toMessage(endpoint), secret };
  }

  async getEndpoint({ scope, endpointId }: GetEndpointRequest): Promise<GetEndpointResponse> {
    return { endpoint: toMessage(await this.get.execute(scopeOf(scope), knownId(endpointId, 'webhook endpoint'))) };
  }

  async listEndpoints({ scope, page }: ListEndpointsRequest): Promise<ListEndpointsResponse> {
    const { items, hasMore, nextCursor } = await this.list.execute(scopeOf(scope), page?.after ?? '', page?.limit ?? 0);
    return { endpoints: items.map(toMessage), page: { hasMore, nextCursor } };
  }

  async updateEndpoint({ scope, endpointId, url, events, description }: UpdateEndpointRequest): Promise<UpdateEndpointResponse> {
    const endpoint = await this.update.execute(scopeOf(scope), knownId(endpointId, 'webhook endpoint'), {
      ...(url !== undefined && { url }), ...(events.length > 0 && { events }), ...(description !== undefined && { description }),
    });
    return { endpoint: toMessage(endpoint) };
  }

  async deleteEndpoint({ scope, endpointId }: DeleteEndpointRequest): Promise<DeleteEndpointResponse> {
    await this.remove.execute(scopeOf(scope), knownId(endpointId, 'webhook endpoint'));
    return {};
  }

  async rotateSecret({ scope, endpointId }: RotateSecretRequest): Promise<RotateSecretResponse> {
    const { endpoint, secret, oldSecretUntil } = await this.rotate.execute(scopeOf(scope), knownId(endpointId, 'webhook endpoint'));
    return { endpoint: toMessage(endpoint), secret, oldSecretUntil };
  }

  async testEndpoint({ scope, endpointId }: TestEndpointRequest): Promise<TestEndpointResponse> {
    return { eventId: await this.test.execute(scopeOf(scope), knownId(endpointId, 'webhook endpoint')) };
  }

  async enableEndpoint({ scope, endpointId }: EnableEndpointRequest): Promise<EnableEndpointResponse> {
    return { endpoint: toMessage(await this.enable.execute(scopeOf(scope), knownId(endpointId, 'webhook endpoint'))) };
  }

  async listEndpointAttempts({ scope, endpointId, page }: ListEndpointAttemptsRequest): Promise<ListEndpointAttemptsResponse> {
    const { items, hasMore, nextCursor } = await this.attempts.execute(scopeOf(scope), knownId(endpointId, 'webhook endpoint'), page?.after ?? '', page?.limit ?? 0);
    return { attempts: items.map((attempt) => ({ ...attempt })), page: { hasMore, nextCursor } };
  }
}

function toMessage({ id, url, events, description, status, statusReason, createdAt }: Endpoint): EndpointMessage {
  return { id, url, events: [...events], description, status, statusReason, createdAt };
}
