import { writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { writeDocuments } from './documents.js';
import { fillDense } from './fill-dense.js';
import { fill, settle } from './fill.js';
import { type Growth, growths, watch } from './growth.js';
import { type Issuer, startIssuer } from './issuer.js';
import { type Contestant, Race } from './measure.js';
import { type Authorize, Operations, rows } from './operations.js';
import { type Options, readOptions, usage } from './options.js';
import type { Comparison, Grown, Results } from './results.js';
import { type Server, startApi, startLean } from './servers.js';
import {
  type BenchDatabase,
  type BenchServer,
  during,
  recommendedSettings,
  ROOT,
  run,
  say,
  startDatabase,
  stops,
} from './stage.js';
import { shapeOf } from './shape.js';
import { comparisonTable, growthTable } from './tables.js';
import { memoryOf } from './usage.js';

/** A filled database with both servers on it. */
interface Stage extends BenchDatabase {
  readonly api: Server;
  readonly lean: Server;
  readonly authorize: Authorize;
  readonly operations: Operations;
}

async function setUp(database: BenchDatabase, issuer: Issuer, { pool, profile }: Options): Promise<Stage> {
  const { url, client } = database;
  await during('vacuuming and analysing', () => settle(client));
  const people = await rows<{ id: string }>(client, 'SELECT id FROM bench.people ORDER BY n');
  const headers = await during('signing tokens', () =>
    Promise.all(people.map((_, n) => issuer.authorization(`person-${n}`))),
  );
  const authorize = (person: number): string => headers[person] ?? '';
  const api = await during('starting the API', () => startApi({ url, pool }, issuer, profile));
  stops.push(() => api.stop());
  const lean = await startLean({ url, pool }, new Map(people.map(({ id }, n) => [authorize(n), id])));
  stops.push(() => lean.stop());
  return { url, client, api, lean, authorize, operations: new Operations(client, authorize) };
}

class Bench {
  private readonly race: Race;
  private readonly dense: Comparison[] = [];

  constructor(
    private readonly server: BenchServer,
    private readonly issuer: Issuer,
    private readonly options: Options,
  ) {
    this.race = new Race(server.postmaster, options, (text) => process.stdout.write(text));
  }

  async run(): Promise<Results> {
    await fill(this.server.client, this.options, during);
    const stage = await setUp(this.server, this.issuer, this.options);
    const usual = await this.compare(stage);
    const memory = await memoryOf(stage.api.pid);
    const grown = await this.grow(stage);
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
      memoryMegabytes: memory?.most ?? null,
      ...grown,
    };
  }

  private async compare(stage: Stage): Promise<Comparison[]> {
    const operations = await stage.operations.all();
    await during('everybody signs in', () => this.race.signIn(stage.api, operations[0]!));
    say(`requests a second of the API and the lean server in turns, ${this.options.connections} at once:`);
    const comparisons: Comparison[] = [];
    for (const operation of operations.filter(({ name }) => name.includes(this.options.only))) {
      const both: Contestant[] = [stage.api, stage.lean].map((server) => ({ server, client: stage.client, operation }));
      const [api, lean] = await during(operation.name, () => this.race.run(both));
      const shapes = new Set((await this.race.answers(both)).map(shapeOf));
      if (shapes.size > 1) say(`NOTE: the answers to ${operation.name} differ: ${[...shapes].join(' | ')}`);
      comparisons.push({ name: operation.name, api: api!, lean: lean! });
    }
    console.log(`\n${comparisonTable(comparisons)}\n`);
    return comparisons;
  }

  /** The dense database comes only now: nothing of it burdens the usual case. */
  private async grow(usual: Stage): Promise<Pick<Results, 'growth' | 'bytes'>> {
    const wanted = growths(this.options['dense-logs']).filter(({ name }) => name.includes(this.options.only));
    if (wanted.length === 0) return { growth: [], bytes: { log: 0, participant: 0, session: 0 } };
    const database = await this.server.another('dense');
    await fillDense(database.client, this.options, during);
    const dense = await setUp(database, this.issuer, this.options);
    const me = await dense.operations.ofPeople('/api/me');
    await during('everybody signs in', () => this.race.signIn(dense.api, me));
    say('requests a second of the API where there is little and where there is much, in turns:');
    const growth: Grown[] = [];
    for (const each of wanted) growth.push(await this.growOne(each, usual, dense));
    if (this.dense.length > 0) console.log(`\n${comparisonTable(this.dense)}`);
    console.log(`\n${growthTable(growth)}\n`);
    return { growth, bytes: await bytesOf(database) };
  }

  private async growOne({ name, small, large, lean, watchers }: Growth, usual: Stage, dense: Stage): Promise<Grown> {
    const where = watchers === undefined ? dense : usual;
    const { api, client } = where;
    const operation = await large(where.operations);
    const open = (): Promise<() => void> => watch(api.url, client, usual.authorize, watchers ?? 0);
    const contestants: Contestant[] = [
      { server: usual.api, client: usual.client, operation: await small(usual.operations) },
      { server: api, client, operation, meanwhile: watchers === undefined ? undefined : open },
      ...(lean ? [{ server: dense.lean, client, operation }] : []),
    ];
    const [ofSmall, ofLarge, ofLean] = await during(name, () => this.race.run(contestants));
    if (ofLean) this.dense.push({ name: operation.name, api: ofLarge!, lean: ofLean });
    return { name, small: ofSmall!, large: ofLarge!, watchers };
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
  stops.push(() => issuer.stop());
  const results = await new Bench(server, issuer, options).run();
  if (options.write) {
    await writeFile(join(ROOT, 'bench/results.json'), `${JSON.stringify(results, null, 2)}\n`);
    await writeDocuments(ROOT, results);
    say('bench/results.json, README.md and docs/ hold these figures');
  }
}

await run(async () => {
  const options = readOptions(process.argv.slice(2));
  if (options === 'help') console.log(usage());
  else await bench(options);
});
