/** The borders of the modules. A feature shows its module and its service, and nothing else. */
const features = 'auth|groups|idempotency|inbox|maintenance|profiles|progress|sessions';

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'no-circles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'feature-borders',
      comment: 'Another feature is used through its module and its service, or by the types of its DTOs.',
      severity: 'error',
      from: { path: `^src/(${features})/` },
      to: {
        path: `^src/(${features})/`,
        pathNot: ['^src/$1/', '[.](module|service|dto)[.]ts$', '^src/auth/(user|[a-z-]+[.]decorator)[.]ts$'],
      },
    },
    {
      name: 'foundation-below-features',
      comment: 'What every feature stands on knows no feature; only the health checks ask all parts.',
      severity: 'error',
      from: { path: '^src/(config|database|common|server)/', pathNot: '^src/server/health/' },
      to: {
        path: '^src/',
        pathNot: '^src/(config|database|common|server)/|^src/auth/(user|public[.]decorator)[.]ts$',
      },
    },
    {
      name: 'only-src',
      comment: 'The built application has nothing of the local stack, of tests or of tools.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(local|test|bench|tools)/' },
    },
    {
      name: 'not-resolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
