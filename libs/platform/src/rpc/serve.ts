import { AppError, isAppError, toAppError, type Monotonic } from '@nexoramail/kernel';
import type { Logger } from '../log/logger.js';
import type { Histogram, Telemetry } from '../telemetry/telemetry.js';
import type { CallContext } from './call-context.js';
import type { Implementation, MethodDefinition } from './definition.js';
import { policyOf, type MethodPolicy } from './policies.js';
import { validateRequest } from './validate.js';

/** What serving a call needs besides the implementation. */
export interface ServeTools {
  readonly logger: Logger;
  readonly telemetry: Telemetry;
  readonly monotonic: Monotonic;
}

/** One rpc of a registered controller. All bindings end here: validation, call context, span, duration, error mapping. */
export class ServedMethod {
  readonly policy: MethodPolicy;
  private readonly service: string;
  private readonly rpc: string;
  private readonly seconds: Histogram;

  constructor(private readonly implementation: Implementation, private readonly name: string, readonly definition: MethodDefinition, private readonly tools: ServeTools) {
    this.policy = policyOf(definition.path);
    const [, service = '', rpc = name] = definition.path.split('/');
    this.service = service;
    this.rpc = rpc;
    this.seconds = tools.telemetry.histogram('nexora_rpc_seconds', 'Time a server took for a call.');
  }

  /** {@link run} of a request that came over a line, so that its sender's validation counts for nothing. */
  serve(request: unknown, context: CallContext): Promise<unknown> {
    const refused = validateRequest(request, this.policy);
    return refused ? Promise.reject(refused) : this.run(request, context);
  }

  /** Runs the rpc. Rejects with AppErrors only: a defect is logged here and becomes `internal` without its text. */
  async run(request: unknown, context: CallContext): Promise<unknown> {
    const { telemetry, monotonic } = this.tools;
    const started = monotonic.now();
    let code = 'ok';
    try {
      return await context.run(() => telemetry.span(this.definition.path, { 'rpc.system': 'grpc', 'rpc.service': this.service, 'rpc.method': this.rpc }, () => this.call(request)));
    } catch (error) {
      const failure = this.map(error);
      code = failure.code;
      throw failure;
    } finally {
      this.seconds.observe((monotonic.now() - started) / 1_000, { service: this.service, method: this.rpc, code });
    }
  }

  private call(request: unknown): Promise<unknown> {
    const method = this.implementation[this.name];
    if (typeof method !== 'function') throw new TypeError(`The controller of ${this.service} has no method ${this.name}`);
    return method.call(this.implementation, request);
  }

  private map(error: unknown): AppError {
    if (!isAppError(error)) this.tools.logger.error({ err: error, rpc: this.definition.path }, 'A call failed with a defect');
    else if (error.code === 'internal') this.tools.logger.error({ err: error, rpc: this.definition.path }, 'A call failed');
    const { code, message, errors, retryAfterS } = toAppError(error);
    // A copy without cause: what lies behind a failure stays on this side, in process as over the wire.
    return new AppError(code, message, { errors, ...(retryAfterS !== undefined && { retryAfterS }) });
  }
}
