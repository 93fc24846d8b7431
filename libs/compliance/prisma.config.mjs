import { prismaConfig } from '../../tools/prisma-config.mjs';

export default prismaConfig('compliance');
