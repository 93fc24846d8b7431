import { prismaConfig } from '../../tools/prisma-config.mjs';

// Default partitions stand in no model: their parents do.
export default prismaConfig('webhooks', ['payload_default', 'attempt_default']);
