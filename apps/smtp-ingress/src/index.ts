import { startService, type RunningService, type Runtime } from '@nexoramail/platform';
import { ingressConfig } from './config.js';
import { IngressModule, SubmissionListeners, type IngressAddresses, type SessionTime } from './ingress.module.js';

/** A running SMTP door, and where it is open. */
export type RunningIngress = RunningService & IngressAddresses;

/** Starts SMTP submission with STARTTLS and with implicit TLS. */
export async function start(runtime: Runtime, time: SessionTime = {}): Promise<RunningIngress> {
  const config = ingressConfig(runtime.variables);
  let addresses: IngressAddresses | undefined;
  const service = await startService(runtime, {
    name: 'smtp-ingress',
    module: IngressModule.register(runtime, config, time),
    onStart: async (running) => { addresses = await running.get(SubmissionListeners).listen(); },
  });
  if (!addresses) throw new Error('the SMTP door did not open');
  return { ...service, ...addresses };
}
