import { randomBytes } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { migrate } from '../src/database/orm.js';
import { startPostgres } from '../src/local/postgres.js';
import { reachableByServer } from '../src/local/server-user.js';
import { fill, fillTenfoldHistory } from './fill.js';
import { type Issuer, startIssuer } from './issuer.js';
import { Race } from './measure.js';
import { type Operation, operations, progressByHistory } from './operations.js';
import { type Options, readOptions, usage } from './options.js';
import { printHead, printHistory, printMemory, printOperation, printVerdict } from './report.js';
import { type Server, startApi, startBare } from './servers.js';
import { memoryOf, parentOf } from './usage.js';

/** Groups that take part in the comparison of histories: every second one with ten times the logs. */
const HISTORY_GROUPS = 40;

const DATABASE = 'lockin';

/** As a production server of modest size is set; nothing is bought by trusting the disk less. */
const POSTGRES_SETTINGS = { shared_buffers: '512MB', max_wal_size: '4GB', max_connections: '60' };

const began = performance.now();
const say = (what: string): void =>
  console.log(`${((performance.now() - began) / 1_000).toFixed(0).padStart(4)} s  ${what}`);

/** Stops what was started, the last first; also when somebody interrupts. */
const stops: (() => unknown)[] = [];

let stopping: Promise<void> | undefined;

function stopAll(): Promise<void> {
  stopping ??= (async () => {
    for (let stop = stops.pop(); stop; stop = stops.pop()) await stop();
  })();
  return stopping;
}

async function startDatabase(options: Options): Promise<{ url: string; client: pg.Client; postmaster: number }> {
  const postgres = await startPostgres({
    folder: await mkdtemp(join(await reachableByServer(tmpdir()), 'lockin-bench-')),
    binaries: options.binaries,
    password: randomBytes(16).toString('hex'),
    settings: POSTGRES_SETTINGS,
    temporary: true,
  });
  stops.push(() => postgres.stop());
  const admin = new pg.Client({ connectionString: postgres.url('postgres') });
  await admin.connect();
  await admin.query(`CREATE DATABASE ${DATABASE}`);
  await admin.end();
  const url = postgres.url(DATABASE);
  await migrate({ DATABASE_URL: url });
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  stops.push(() => client.end());
  const { rows } = await client.query<{ pid: number; version: string }>(
    "SELECT pg_backend_pid() AS pid, current_setting('server_version') AS version",
  );
  say(`PostgreSQL ${rows[0]?.version} runs and is migrated`);
  return { url, client, postmaster: (await parentOf(rows[0]?.pid ?? 0)) ?? 0 };
}

async function authorizations(
  issuer: Issuer,
  client: pg.Client,
): Promise<{ headers: string[]; people: Map<string, string> }> {
  const { rows } = await client.query<{ id: string }>('SELECT id FROM bench.people ORDER BY n');
  const headers = await Promise.all(rows.map((_, n) => issuer.authorization(`person-${n}`)));
  return { headers, people: new Map(rows.map(({ id }, n) => [headers[n] ?? '', id])) };
}

async function compare(race: Race, api: Server, bare: Server, all: Operation[]): Promise<void> {
  const ratios = new Map<string, number>();
  printHead();
  for (const operation of all) {
    const [ofApi, ofBare] = await race.run([
      { server: api, operation },
      { server: bare, operation },
    ] as const);
    ratios.set(operation.name, printOperation(operation.name, ofApi, ofBare));
  }
  printVerdict(ratios);
}

async function bench(options: Options): Promise<void> {
  const { url, client, postmaster } = await startDatabase(options);
  await fill(client, options, (what) => say(`filling in ${what}`));
  const issuer = await startIssuer();
  stops.push(() => issuer.stop());
  const { headers, people } = await authorizations(issuer, client);
  const authorize = (person: number): string => headers[person] ?? '';

  const database = { url, pool: options.pool };
  const api = await startApi(database, issuer, options.profile);
  stops.push(() => api.stop());
  const bare = await startBare(database, people);
  stops.push(() => bare.stop());

  const race = new Race(client, postmaster, options);
  const all = await operations(client, authorize);
  await race.signIn(api, all[0]!);
  say(`both servers run; ${options.connections} connections, in turns of ${options.seconds} s`);
  await compare(
    race,
    api,
    bare,
    all.filter(({ name }) => name.includes(options.only)),
  );
  printMemory(await memoryOf(api.pid));

  if ('progress of 20'.includes(options.only)) {
    say('filling in ten times the history');
    await fillTenfoldHistory(client, options, HISTORY_GROUPS);
    const asks = await progressByHistory(client, authorize, HISTORY_GROUPS);
    const [usual, tenfold] = asks.map((each) => ({ server: api, operation: { name: 'progress of 20', asks: each } }));
    printHistory(...(await race.run([usual!, tenfold!] as const)));
  }
  say('done');
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    console.error(`Stopping, as ${signal} asks.`);
    void stopAll().finally(() => process.exit(130));
  });
}

try {
  const options = readOptions(process.argv.slice(2));
  if (options === 'help') console.log(usage());
  else await bench(options);
} catch (error) {
  // Once everything is being stopped, failures are no news.
  if (!stopping) console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  await stopAll();
}
