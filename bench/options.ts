import { resolve } from 'node:path';
import { parseArgs } from 'node:util';

const definitions = {
  people: { default: 2_000, description: 'users with a profile' },
  groups: { default: 400, description: 'groups of 20' },
  'large-groups': { default: 4, description: 'groups of 200' },
  logs: { default: 480_000, description: 'time logs, spread over all members' },
  days: { default: 60, description: 'days over which the logs are spread' },
  notifications: { default: 200, description: 'notifications per user' },
  'dense-groups': { default: 100, description: 'groups of 20 in the dense case; 2000 for 40 million logs' },
  'dense-logs': { default: 20_000, description: 'logs per group in the dense case, over three years' },
  connections: { default: 32, description: 'concurrent requests' },
  rounds: { default: 3, description: 'measured rounds of each operation, on each server' },
  seconds: { default: 2, description: 'length of a round' },
  pool: { default: 10, description: "database connections of each server, the API's default" },
};

type Name = keyof typeof definitions;
export type Options = Readonly<Record<Name, number>> & {
  /** Measures only operations whose name contains this. */
  readonly only: string;
  /** A folder with `initdb` and `postgres`; default: the embedded PostgreSQL. */
  readonly binaries: string | undefined;
  /** A folder for a CPU profile of the API. */
  readonly profile: string | undefined;
  /** Updates bench/results.json and the documents. */
  readonly write: boolean;
};

const MINIMUM: Partial<Record<Name, number>> = {
  people: 20,
  'large-groups': 0,
  notifications: 20,
  'dense-groups': 20,
};

/** Parses the command line. Throws an error whose message can be shown to the user. */
export function readOptions(argv: string[]): Options | 'help' {
  const names = Object.keys(definitions) as Name[];
  const numeric = Object.fromEntries(names.map((name) => [name, { type: 'string' as const }]));
  const { values } = parseArgs({
    args: argv,
    options: {
      ...numeric,
      only: { type: 'string' },
      postgres: { type: 'string' },
      profile: { type: 'string' },
      write: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) return 'help';
  if (values.write && values.only) throw new Error('--write cannot be combined with --only');
  const numbers = names.map((name) => [name, integer(name, (values as Record<string, unknown>)[name])]);
  return {
    ...(Object.fromEntries(numbers) as Record<Name, number>),
    only: values.only ?? '',
    binaries: values.postgres,
    profile: values.profile && resolve(values.profile),
    write: values.write ?? false,
  };
}

function integer(name: Name, given: unknown): number {
  if (given === undefined) return definitions[name].default;
  const value = Number(given);
  const minimum = MINIMUM[name] ?? 1;
  if (Number.isSafeInteger(value) && value >= minimum) return value;
  throw new Error(`--${name} must be an integer of at least ${minimum}`);
}

export function usage(): string {
  const lines = Object.entries(definitions).map(
    ([name, { default: defaultValue, description }]) => `  --${name.padEnd(14)} ${description} (${defaultValue})`,
  );
  return [
    'npm run bench -- [options]',
    ...lines,
    '  --only           only operations whose name contains this text',
    '  --write          writes the figures into bench/results.json, README.md and docs/',
    '  --postgres       a folder with initdb and postgres, instead of the embedded PostgreSQL',
    '  --profile        a folder for a CPU profile of the API',
  ].join('\n');
}
