/** The borders of the modules. A feature shows its module and its service, and nothing else. */
const features = 'auth|docs|groups|health|idempotency|inbox|live|maintenance|profiles|progress|sessions';

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
        pathNot: ['^src/$1/', '[.](module|service|dto)[.]ts$', '^src/auth/(caller|[a-z]+[.]decorator)[.]ts$'],
      },
    },
    {
      name: 'local-only-in-development',
      comment: 'src/local is never loaded in production: main.ts imports it when it needs it, and types cost nothing.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/local/' },
      to: { path: '^src/local/', dependencyTypesNot: ['type-only', 'dynamic-import'] },
    },
    {
      name: 'local-only-from-main',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(local/|main[.]ts$)' },
      to: { path: '^src/local/' },
    },
    {
      name: 'foundation-below-features',
      comment: 'What everybody stands on knows no feature; openapi.ts reads the whole application by its nature.',
      severity: 'error',
      from: { path: '^src/(config|database|http)/', pathNot: '^src/http/openapi[.]ts$' },
      to: { path: '^src/', pathNot: '^src/(config|database|http)/|^src/auth/(caller|public[.]decorator)[.]ts$' },
    },
    {
      name: 'no-tests-in-src',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^test/' },
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
