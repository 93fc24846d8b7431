import type { Monotonic } from '@nexoramail/kernel';
import { CallContext, currentContext, deadlineExceeded } from './call-context.js';
import type { MethodDefinition } from './definition.js';
import { policyOf, type MethodPolicy } from './policies.js';
import { validateRequest } from './validate.js';
import type { ServedMethod } from './serve.js';

/** One way to reach a service: in this process, in another thread, over the network. */
export interface Binding {
  /** Answers the call or rejects with an AppError. Deadline and cancellation of `context` are the caller's; a binding that crosses a line passes them on. */
  call(method: MethodDefinition, policy: MethodPolicy, request: unknown, context: CallContext): Promise<unknown>;
}

/** Calls the controller of this process directly: no encoding, no copy. */
export class InProcessBinding implements Binding {
  constructor(private readonly methods: ReadonlyMap<string, ServedMethod>) {}

  call(method: MethodDefinition, _policy: MethodPolicy, request: unknown, context: CallContext): Promise<unknown> {
    const served = this.methods.get(method.path);
    return served === undefined ? Promise.reject(new TypeError(`Unknown rpc ${method.path}`)) : served.run(request, context);
  }
}

/** One rpc as a client calls it, with what is the same for each call worked out once. */
export class ClientMethod {
  private readonly policy: MethodPolicy;

  constructor(
    readonly definition: MethodDefinition,
    private readonly tools: { readonly monotonic: Monotonic; readonly traceparent: () => string | undefined },
    private readonly bind: (method: MethodDefinition, policy: MethodPolicy, request: unknown, context: CallContext) => Promise<unknown>,
  ) {
    this.policy = policyOf(definition.path);
  }

  /**
   * Makes one call: validates, takes over metadata and the rest of the caller's deadline from {@link currentCall}, ends the wait at deadline or
   * cancellation (the other side sees its signal abort), whatever the other side does.
   */
  call(request: unknown): Promise<unknown> {
    const refused = validateRequest(request, this.policy);
    if (refused) return Promise.reject(refused);
    const parent = currentContext();
    const now = this.tools.monotonic.now();
    const deadlineAt = Math.min(now + this.policy.deadlineMs, parent?.deadlineAt ?? Number.POSITIVE_INFINITY);
    const context = new CallContext(parent ?? {}, deadlineAt, this.tools.traceparent());
    return new Promise((resolve, reject) => {
      const leave = parent?.onAbort((reason) => context.abort(reason));
      const timer = setTimeout(() => context.abort(deadlineExceeded()), Math.max(0, deadlineAt - now));
      const done = (): void => {
        clearTimeout(timer);
        leave?.();
      };
      context.onAbort((reason) => {
        done();
        reject(reason);
      });
      if (context.aborted) return;
      this.bind(this.definition, this.policy, request, context).then(
        (answer) => {
          done();
          resolve(answer);
        },
        (error: Error) => {
          done();
          reject(error);
        },
      );
    });
  }
}
