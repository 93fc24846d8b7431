import type { ServiceDefinition } from './definition.js';

const services = new WeakMap<object, ServiceDefinition[]>();

/**
 * Declares that a Nest `@Controller()` implements a generated `XService` interface (say so with `implements`: a missing rpc is then a compile
 * error). {@link startService} registers it in the process's directory. May stand more than once on a class.
 */
export function GrpcService(definition: ServiceDefinition): ClassDecorator {
  return (target) => {
    services.set(target, [...(services.get(target) ?? []), definition]);
  };
}

/** The services that a class was declared to implement. */
export function grpcServicesOf(target: object): readonly ServiceDefinition[] {
  return services.get(target) ?? [];
}
