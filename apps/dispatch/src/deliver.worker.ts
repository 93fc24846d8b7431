import { DispatchModule } from '@nexoramail/dispatch';
import { runThread, startService } from '@nexoramail/platform';
import { dispatchConfig } from './config.js';

await runThread((runtime) => {
  const { variables, delivery } = dispatchConfig(runtime.variables);
  return startService(runtime, { name: 'dispatch-deliver', module: DispatchModule.register(runtime, { role: 'deliver', delivery, poolSize: variables.NEXORA_DISPATCH_POOL_SIZE }) });
});
