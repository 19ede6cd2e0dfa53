import { resolve } from 'node:path';
import { parseArgs } from 'node:util';

const explained = {
  people: { default: 2_000, says: 'people with a profile' },
  groups: { default: 400, says: 'groups of 20' },
  'large-groups': { default: 4, says: 'groups of 200' },
  logs: { default: 480_000, says: 'time logs, spread over all members' },
  days: { default: 60, says: 'days over which the logs lie' },
  notifications: { default: 200, says: 'notifications a person' },
  'dense-groups': { default: 100, says: 'groups of 20 in the dense case; 2000 for 40 million logs' },
  'dense-logs': { default: 20_000, says: 'logs in each of them, over three years' },
  connections: { default: 32, says: 'requests under way at once' },
  rounds: { default: 3, says: 'measured rounds of each operation, on each server' },
  seconds: { default: 2, says: 'length of a round' },
  pool: { default: 10, says: "database connections of each server, the API's default" },
};

type Name = keyof typeof explained;
export type Options = Readonly<Record<Name, number>> & {
  /** Measures only operations whose name contains this. */
  readonly only: string;
  /** A folder with `initdb` and `postgres`; the embedded ones otherwise. */
  readonly binaries: string | undefined;
  /** A folder for a CPU profile of the API. */
  readonly profile: string | undefined;
  /** Writes the figures into the documents. */
  readonly write: boolean;
};

const SMALLEST: Partial<Record<Name, number>> = {
  people: 20,
  'large-groups': 0,
  notifications: 20,
  'dense-groups': 20,
};

/** Throws a sentence for whoever typed the command line. */
export function readOptions(argv: string[]): Options | 'help' {
  const names = Object.keys(explained) as Name[];
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
  if (values.write && values.only) throw new Error('--write needs all operations, so not --only');
  const numbers = names.map((name) => [name, number(name, (values as Record<string, unknown>)[name])]);
  return {
    ...(Object.fromEntries(numbers) as Record<Name, number>),
    only: values.only ?? '',
    binaries: values.postgres,
    profile: values.profile && resolve(values.profile),
    write: values.write ?? false,
  };
}

function number(name: Name, given: unknown): number {
  if (given === undefined) return explained[name].default;
  const value = Number(given);
  const smallest = SMALLEST[name] ?? 1;
  if (Number.isSafeInteger(value) && value >= smallest) return value;
  throw new Error(`--${name} must be a whole number from ${smallest}`);
}

export function usage(): string {
  const lines = Object.entries(explained).map(
    ([name, { default: usual, says }]) => `  --${name.padEnd(14)} ${says} (${usual})`,
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
