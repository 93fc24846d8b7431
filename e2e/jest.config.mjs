import preset from '../jest.preset.mjs';

/** One file after another: each starts whole systems on two cores. */
export default { ...preset, maxWorkers: 1, testTimeout: 180_000 };
