// Specs reach components of the design system through its index, so its settings for them hold here too.
export { default } from '../../libs/ui/jest.config.mjs';
