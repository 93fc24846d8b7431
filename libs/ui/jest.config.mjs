import preset from '../../jest.preset.mjs';

const [, options] = preset.transform['\\.ts$'];
const jsc = { ...options.jsc, parser: { ...options.jsc.parser, tsx: true }, transform: { ...options.jsc.transform, react: { runtime: 'automatic' } } };

/** Components are compiled as well, so that specs can render them to text. */
export default {
  ...preset,
  extensionsToTreatAsEsm: ['.ts', '.tsx'],
  transform: { ...preset.transform, '\\.tsx$': ['@swc/jest', { ...options, jsc }] },
};
