import { prismaConfig } from '../../tools/prisma-config.mjs';

// Default partitions stand in no model: their parents do.
export default prismaConfig('tracking', ['event_default', 'attempt_default', 'message_view_default', 'recipient_view_default', 'message_label_default']);
