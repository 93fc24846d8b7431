import { DispatchModule, MIGRATIONS } from '@nexoramail/dispatch';
import { startService, startThread, type ProcessRuntime, type RunningService, type RunningThread, type Runtime } from '@nexoramail/platform';
import { dispatchConfig } from './config.js';

/** The schema and where its SQL is. */
export const migrations = { schema: 'mail', folder: MIGRATIONS } as const;

/**
 * Starts the dispatch service in this process; its schema must have been migrated. With `DELIVER=thread` (the default in one process) the
 * delivering half runs in a worker thread, where signatures hold up no door.
 */
export function start(runtime: Runtime): Promise<RunningService> {
  const { variables, delivery } = dispatchConfig(runtime.variables);
  const { NEXORA_GRPC_PORT: grpcPort, NEXORA_DISPATCH_POOL_SIZE: poolSize, DISPATCH_ROLE: role } = variables;
  if (role === 'deliver') return startService(runtime, { name: 'dispatch-deliver', module: DispatchModule.register(runtime, { role, delivery, poolSize }) });
  const where = variables.DELIVER === 'auto' ? (runtime.env === 'embedded' ? 'thread' : 'inline') : variables.DELIVER;
  let thread: RunningThread | undefined;
  return startService(runtime, {
    name: 'dispatch',
    module: DispatchModule.register(runtime, { role: where === 'inline' ? 'all' : 'accept', delivery, poolSize }),
    ...(runtime.env === 'cluster' && grpcPort !== undefined && { grpcPort }),
    onStart: async () => {
      if (where === 'thread') thread = await startThread(processOf(runtime), { name: 'deliver', script: new URL('./deliver.worker.js', import.meta.url), schemas: ['mail'] });
    },
    onStop: async () => thread?.stop(),
  });
}

/** A thread shares what only its builder holds of a runtime. */
function processOf(runtime: Runtime): ProcessRuntime {
  if (!('directory' in runtime)) throw new Error('DELIVER=thread needs the runtime of a process');
  return runtime as ProcessRuntime;
}
