import { writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { writeDocuments } from './documents.js';
import { seedDense } from './seed-dense.js';
import { seed, vacuum } from './seed.js';
import { type Growth, growths, openStreams } from './growth.js';
import { type Issuer, startIssuer } from './issuer.js';
import { type Candidate, Measurement } from './measure.js';
import { type Authorize, Operations, rows } from './operations.js';
import { type Options, readOptions, usage } from './options.js';
import type { Comparison, Grown, Results } from './results.js';
import { type Server, startApi, startLean } from './servers.js';
import {
  type BenchDatabase,
  type BenchServer,
  withProgress,
  recommendedSettings,
  ROOT,
  run,
  log,
  startDatabase,
  cleanups,
} from './environment.js';
import { jsonShape } from './json-shape.js';
import { comparisonTable, growthTable } from './tables.js';
import { memoryOf } from './usage.js';

/** A seeded database with both servers running on it. */
interface Scenario extends BenchDatabase {
  readonly api: Server;
  readonly lean: Server;
  readonly authorize: Authorize;
  readonly operations: Operations;
}

async function setUp(database: BenchDatabase, issuer: Issuer, { pool, profile }: Options): Promise<Scenario> {
  const { url, client } = database;
  await withProgress('vacuuming and analysing', () => vacuum(client));
  const people = await rows<{ id: string }>(client, 'SELECT id FROM bench.people ORDER BY n');
  const headers = await withProgress('signing tokens', () =>
    Promise.all(people.map((_, n) => issuer.authorization(`person-${n}`))),
  );
  const authorize = (person: number): string => headers[person] ?? '';
  const api = await withProgress('starting the API', () => startApi({ url, pool }, issuer, profile));
  cleanups.push(() => api.stop());
  const lean = await startLean({ url, pool }, new Map(people.map(({ id }, n) => [authorize(n), id])));
  cleanups.push(() => lean.stop());
  return { url, client, api, lean, authorize, operations: new Operations(client, authorize) };
}

class Bench {
  private readonly measurement: Measurement;
  private readonly dense: Comparison[] = [];

  constructor(
    private readonly server: BenchServer,
    private readonly issuer: Issuer,
    private readonly options: Options,
  ) {
    this.measurement = new Measurement(server.postmaster, options, (text) => process.stdout.write(text));
  }

  async run(): Promise<Results> {
    await seed(this.server.client, this.options, withProgress);
    const scenario = await setUp(this.server, this.issuer, this.options);
    const usual = await this.compare(scenario);
    const memory = await memoryOf(scenario.api.pid);
    const growthResults = await this.measureGrowth(scenario);
    return {
      date: new Date().toISOString().slice(0, 10),
      machine: {
        cpu: cpus()[0]?.model ?? '',
        cores: cpus().length,
        node: process.versions.node,
        postgres: this.server.version,
      },
      options: sizesOf(this.options),
      settings: await recommendedSettings(),
      usual,
      dense: this.dense,
      memoryMegabytes: memory?.peak ?? null,
      ...growthResults,
    };
  }

  private async compare(scenario: Scenario): Promise<Comparison[]> {
    const operations = await scenario.operations.all();
    await withProgress('signing in all users', () => this.measurement.signIn(scenario.api, operations[0]!));
    log(
      `requests per second, alternating between the API and the lean server, ${this.options.connections} concurrent:`,
    );
    const comparisons: Comparison[] = [];
    for (const operation of operations.filter(({ name }) => name.includes(this.options.only))) {
      const both: Candidate[] = [scenario.api, scenario.lean].map((server) => ({
        server,
        client: scenario.client,
        operation,
      }));
      const [api, lean] = await withProgress(operation.name, () => this.measurement.run(both));
      const shapes = new Set((await this.measurement.firstResponses(both)).map(jsonShape));
      if (shapes.size > 1) log(`WARNING: the responses to ${operation.name} differ: ${[...shapes].join(' | ')}`);
      comparisons.push({ name: operation.name, api: api!, lean: lean! });
    }
    console.log(`\n${comparisonTable(comparisons)}\n`);
    return comparisons;
  }

  /** Creates the dense database after the usual case is measured, so that it cannot affect that. */
  private async measureGrowth(usual: Scenario): Promise<Pick<Results, 'growth' | 'bytes'>> {
    const selected = growths(this.options['dense-logs']).filter(({ name }) => name.includes(this.options.only));
    if (selected.length === 0) return { growth: [], bytes: { log: 0, participant: 0, session: 0 } };
    const database = await this.server.createDatabase('dense');
    await seedDense(database.client, this.options, withProgress);
    const dense = await setUp(database, this.issuer, this.options);
    const me = await dense.operations.ofPeople('/api/me');
    await withProgress('signing in all users', () => this.measurement.signIn(dense.api, me));
    log('requests per second of the API, alternating between the small and the large case:');
    const growth: Grown[] = [];
    for (const each of selected) growth.push(await this.measureGrowthOf(each, usual, dense));
    if (this.dense.length > 0) console.log(`\n${comparisonTable(this.dense)}`);
    console.log(`\n${growthTable(growth)}\n`);
    return { growth, bytes: await bytesOf(database) };
  }

  private async measureGrowthOf(
    { name, small, large, lean, watchers }: Growth,
    usual: Scenario,
    dense: Scenario,
  ): Promise<Grown> {
    const target = watchers === undefined ? dense : usual;
    const { api, client } = target;
    const operation = await large(target.operations);
    const open = (): Promise<() => void> => openStreams(api.url, client, usual.authorize, watchers ?? 0);
    const candidates: Candidate[] = [
      { server: usual.api, client: usual.client, operation: await small(usual.operations) },
      { server: api, client, operation, background: watchers === undefined ? undefined : open },
      ...(lean ? [{ server: dense.lean, client, operation }] : []),
    ];
    const [smallFigures, largeFigures, leanFigures] = await withProgress(name, () => this.measurement.run(candidates));
    if (leanFigures) this.dense.push({ name: operation.name, api: largeFigures!, lean: leanFigures });
    return { name, small: smallFigures!, large: largeFigures!, watchers };
  }
}

function sizesOf({
  only: _only,
  binaries: _binaries,
  profile: _profile,
  write: _write,
  ...sizes
}: Options): Results['options'] {
  return sizes;
}

async function bytesOf({ client }: BenchDatabase): Promise<Results['bytes']> {
  const perRow = (name: string): string =>
    `pg_total_relation_size('${name}') / greatest((SELECT reltuples FROM pg_class WHERE oid = '${name}'::regclass), 1)`;
  const [bytes] = await rows<Results['bytes']>(
    client,
    `SELECT ${perRow('time_logs')} AS log, ${perRow('session_participants')} AS participant, ${perRow('sessions')} AS session`,
  );
  return bytes!;
}

async function bench(options: Options): Promise<void> {
  const server = await startDatabase(options.binaries);
  const issuer = await startIssuer();
  cleanups.push(() => issuer.stop());
  const results = await new Bench(server, issuer, options).run();
  if (options.write) {
    await writeFile(join(ROOT, 'bench/results.json'), `${JSON.stringify(results, null, 2)}\n`);
    await writeDocuments(ROOT, results);
    log('updated bench/results.json, README.md and docs/');
  }
}

await run(async () => {
  const options = readOptions(process.argv.slice(2));
  if (options === 'help') console.log(usage());
  else await bench(options);
});
