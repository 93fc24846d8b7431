import type { MethodDefinition as GrpcMethod } from '@grpc/grpc-js';

/** One rpc as ts-proto generates it for grpc-js: path and codecs. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- the generated codecs differ per method; grpc-js types its own tables the same way
export type MethodDefinition = GrpcMethod<any, any>;

/** What ts-proto generates as `XServiceService`: one {@link MethodDefinition} per lower-case method name. */
export type ServiceDefinition = Readonly<Record<string, MethodDefinition>>;

/** An object that implements the generated `XService` interface, seen without its types. */
export type Implementation = Readonly<Record<string, (request: unknown) => Promise<unknown>>>;

/** `nexora.compliance.v1.ScreeningService` of the definition. */
export function serviceName(definition: ServiceDefinition): string {
  const [method] = Object.values(definition);
  const name = method?.path.split('/')[1];
  if (!name) throw new TypeError('The service definition has no method');
  return name;
}
