const { transform, transformIgnorePatterns } = require('jest-expo/jest-preset');

/** Packages that MSW uses, and that have no CommonJS build. */
const ESM_ONLY = '@open-draft/deferred-promise|rettime|until-async';

module.exports = {
  preset: 'jest-expo',
  setupFiles: ['<rootDir>/test/setup.ts'],
  setupFilesAfterEnv: ['<rootDir>/test/server.ts'],
  // React Navigation leaves timers behind.
  forceExit: true,
  // The first test of a run compiles React Native.
  testTimeout: 60_000,
  transform: { '\\.mjs$': transform['\\.[jt]sx?$'] },
  transformIgnorePatterns: transformIgnorePatterns.map((pattern) => pattern.replace('(?!(', `(?!(${ESM_ONLY}|`)),
};
