export { composeStandalone, Undo, type Progress } from './compose.js';
export type { DemoFile } from './demo-file.js';
