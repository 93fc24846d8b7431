import { prismaConfig } from '../../tools/prisma-config.mjs';

// Partitioned by release day, for raw SQL only.
export default prismaConfig('mail', ['message', 'message_default', 'recipient', 'recipient_default', 'content', 'content_default']);
