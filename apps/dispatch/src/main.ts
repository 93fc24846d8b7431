import { runService } from '@nexoramail/platform';
import { start } from './index.js';

await runService('dispatch', start);
