/** The project is ESM, so Jest runs with `node --experimental-vm-modules` (see "jest" in package.json). */
export default {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/test/**/*.spec.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  // Source files import each other by their compiled names.
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/.local/', '<rootDir>/examples/expo/'],
  transform: { '\\.ts$': '@swc/jest' },
  transformIgnorePatterns: ['/node_modules/'],
  setupFiles: ['<rootDir>/test/jest.setup.ts'],
  globalSetup: '<rootDir>/test/support/cluster-setup.mjs',
  globalTeardown: '<rootDir>/test/support/cluster-teardown.mjs',
  testTimeout: 40_000,
  testSequencer: '<rootDir>/test/support/longest-first.mjs',
  // One more than the cores of CI, because some tests wait for timeouts.
  maxWorkers: 3,
  // V8 modules of earlier files are freed late. Jest gives a worker 500 ms to exit, in which a large heap cannot be freed.
  workerIdleMemoryLimit: '300MB',
};
