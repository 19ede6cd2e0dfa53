/** ESM all the way: Jest is run with `node --experimental-vm-modules` (see "test" in package.json). */
export default {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/test/**/*.spec.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  // Source files import each other as the `.js` they become.
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/.local/'],
  transform: { '\\.ts$': '@swc/jest' },
  transformIgnorePatterns: ['/node_modules/'],
  setupFiles: ['<rootDir>/test/jest.setup.ts'],
  globalSetup: '<rootDir>/test/support/cluster-setup.mjs',
  globalTeardown: '<rootDir>/test/support/cluster-teardown.mjs',
  testTimeout: 40_000,
  testSequencer: '<rootDir>/test/support/longest-first.mjs',
  // One more than cores: a test of the schedule waits for a whole minute.
  maxWorkers: 3,
};
