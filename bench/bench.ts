import type pg from 'pg';
import { fill, fillTenfoldHistory } from './fill.js';
import { type Issuer, startIssuer } from './issuer.js';
import { Race } from './measure.js';
import { type Operation, operations, progressByHistory } from './operations.js';
import { type Options, readOptions, usage } from './options.js';
import { printHead, printHistory, printMemory, printOperation, printVerdict } from './report.js';
import { type Server, startApi, startBare } from './servers.js';
import { run, say, startDatabase, stops } from './stage.js';
import { memoryOf } from './usage.js';

/** Groups that take part in the comparison of histories: every second one with ten times the logs. */
const HISTORY_GROUPS = 40;

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
  const { url, client, postmaster } = await startDatabase(options.binaries);
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

await run(async () => {
  const options = readOptions(process.argv.slice(2));
  if (options === 'help') console.log(usage());
  else await bench(options);
});
