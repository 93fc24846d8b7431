import type { ApiScope } from '@nexoramail/kernel';
import type { Static, TObject, TSchema } from '@sinclair/typebox';
import type { Caller } from '../auth/caller.js';

/** One answer of a handler; without a body the reply is empty. */
export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What a handler gets: validated parts, the caller, and the request's id. */
export interface Call<P, Q, B> {
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  /** The bytes that `body` was parsed from. */
  readonly rawBody: Buffer;
  readonly caller: Caller;
  readonly requestId: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Peer address of the connection. */
  readonly source: string;
}

/** One operation of the API: the route, the checks, the OpenAPI entry and the handler come from this one definition. */
export interface Operation<P extends TObject = TObject, Q extends TObject = TObject, B extends TSchema = TSchema> {
  /** OpenAPI operationId, camelCase. */
  readonly id: string;
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE' | 'PUT';
  /** Fastify path, `/v1/emails/:id`. */
  readonly path: string;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  /** Needed of an API key; a session needs a role that writes for every method but GET. */
  readonly scope: ApiScope;
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
  /** Shown in the reference in place of `body`, where the handler itself checks parts of it. */
  readonly shownBody?: TSchema;
  /** Example of a request body, shown in the reference and held valid by a test. */
  readonly example?: Static<B>;
  readonly bodyLimit?: number;
  readonly idempotencyKey?: boolean;
  readonly answers: Readonly<Record<number, { readonly description: string; readonly schema?: TSchema }>>;
  handler(call: Call<Static<P>, Static<Q>, Static<B>>): Promise<Answer>;
}

/** Ties the types of an operation's parts to its handler. */
export function defineOperation<P extends TObject, Q extends TObject, B extends TSchema>(operation: Operation<P, Q, B>): Operation {
  return operation;
}
