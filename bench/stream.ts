import { parseArgs } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import type { SessionDetail } from '../src/sessions/sessions.dto.js';
import { startIssuer } from './issuer.js';
import { askOnce } from './load.js';
import { type Server, startApi } from './servers.js';
import { run, say, startDatabase, stops } from './stage.js';
import { memoryOf } from './usage.js';
import { Watcher } from './watchers.js';

const STREAMS_A_PERSON = 5;
const MOST_MEMBERS = 500;

/** Connections that are opened at once. */
const AT_ONCE = 50;

/** What the specification allows from a change to the last who sees it (SPEC 7). */
const GOAL_MS = 200;

interface Options {
  watchers: number;
  groups: number;
  rounds: number;
  pool: number;
}

/** A group, the owner who starts and stops, and everybody who watches. */
interface Stand {
  group: string;
  owner: string;
  /** The one of them who keeps what is told. */
  witness: Watcher;
  watchers: Watcher[];
}

function readOptions(argv: string[]): Options | 'help' {
  const numeric = { type: 'string' as const };
  const { values } = parseArgs({
    args: argv,
    options: { watchers: numeric, groups: numeric, rounds: numeric, help: { type: 'boolean' } },
  });
  if (values.help) return 'help';
  const whole = (name: 'watchers' | 'groups' | 'rounds', usual: number): number => {
    const value = Number(values[name] ?? usual);
    if (Number.isSafeInteger(value) && value > 0) return value;
    throw new Error(`--${name} must be a whole number above zero`);
  };
  const options = {
    watchers: whole('watchers', 5_000),
    groups: whole('groups', 10),
    rounds: whole('rounds', 20),
    pool: 10,
  };
  if (options.watchers > options.groups * MOST_MEMBERS * STREAMS_A_PERSON)
    throw new Error(`A group has ${MOST_MEMBERS} members with ${STREAMS_A_PERSON} streams: --groups is too small`);
  return options;
}

const usage = `npm run bench:stream -- [options]
  --watchers       streams on one process, ${STREAMS_A_PERSON} a person (5000)
  --groups         groups that these people are in, one each (10)
  --rounds         starts and stops (20)`;

/** Person n is in group n % groups, whose owner is the first of them; everybody has 20 logs of the last days. */
async function fill(client: Client, people: number, groups: number): Promise<void> {
  await client.query(`
    CREATE SCHEMA bench;
    SET session_replication_role = replica;
    CREATE TABLE bench.people AS
    SELECT n, n % ${groups} AS g, gen_random_uuid() AS id, gen_random_uuid() AS session, gen_random_uuid() AS participant
      FROM generate_series(0, ${people - 1}) n;
    CREATE TABLE bench.groups AS SELECT g, gen_random_uuid() AS id FROM generate_series(0, ${groups - 1}) g;
    INSERT INTO profiles (id, display_name, avatar_url)
    SELECT id, 'Person ' || n, format('https://avatars.example.org/avatars/%s/%s.png', id, n) FROM bench.people;
    INSERT INTO auth_identities (provider, subject, profile_id) SELECT 'cognito', 'person-' || n, id FROM bench.people;
    INSERT INTO groups (id, owner_id, name, start_at, end_at, timezone, period, period_target_minutes)
    SELECT o.id, p.id, 'Group ' || p.g, to_ms(now() - interval '30 days'), to_ms(now() + interval '30 days'), 'UTC', 'weekly', 3000
      FROM bench.people p JOIN bench.groups o USING (g) WHERE p.n < ${groups};
    INSERT INTO group_members (group_id, user_id, role)
    SELECT o.id, p.id, CASE WHEN p.n < ${groups} THEN 'owner' ELSE 'member' END::member_role
      FROM bench.people p JOIN bench.groups o USING (g);
    INSERT INTO sessions (id, group_id, creator_id, status, started_at, ended_at, stopped_by_host)
    SELECT p.session, o.id, p.id, 'ended', to_ms(now() - interval '11 days'), to_ms(now() - interval '1 hour'), true
      FROM bench.people p JOIN bench.groups o USING (g);
    INSERT INTO session_participants (id, session_id, user_id, role, session_created_at, session_ended)
    SELECT participant, session, id, 'host', to_ms(now()), true FROM bench.people;
    INSERT INTO time_logs (participant_id, group_id, user_id, started_at, ended_at)
    SELECT p.participant, o.id, p.id, at, at + interval '20 minutes'
      FROM bench.people p JOIN bench.groups o USING (g) CROSS JOIN generate_series(1, 20) i
     CROSS JOIN LATERAL (SELECT to_ms(now() - i * interval '12 hours')) t (at);
    SET session_replication_role = origin`);
  await client.query('VACUUM (ANALYZE)');
}

/** Opens everybody's streams. */
async function gather(api: Server, client: Client, authorize: (n: number) => Promise<string>): Promise<Stand[]> {
  const { rows } = await client.query<{ n: number; g: number; group: string }>(
    'SELECT p.n, p.g, o.id AS "group" FROM bench.people p JOIN bench.groups o USING (g) ORDER BY p.n',
  );
  const open = async (n: number, group: string, keeps: boolean): Promise<Watcher> =>
    Watcher.open(api.url, `/api/groups/${group}/progress/stream`, await authorize(n), keeps);

  const owners = rows.filter(({ n, g }) => n === g);
  const stands = await Promise.all(
    owners.map(async ({ n, group }): Promise<Stand> => {
      const witness = await open(n, group, true);
      return { group, owner: await authorize(n), witness, watchers: [witness] };
    }),
  );
  const others = rows.flatMap((row) => Array.from({ length: STREAMS_A_PERSON - (row.n === row.g ? 1 : 0) }, () => row));
  const openNext = async (): Promise<void> => {
    for (let row = others.pop(); row; row = others.pop()) {
      stands[row.g]?.watchers.push(await open(row.n, row.group, false));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, openNext));
  return stands;
}

/** Milliseconds from sending a request to each watcher's having the event that it causes. */
async function changeSeen({ watchers }: Stand, send: () => Promise<unknown>): Promise<number[]> {
  const arrivals = Promise.all(watchers.map((watcher) => watcher.next()));
  const began = performance.now();
  await send();
  return (await arrivals).map((at) => at - began);
}

async function races(api: Server, stands: Stand[], rounds: number): Promise<number[][]> {
  const seen: number[][] = [];
  for (let round = 0; round < rounds; round++) {
    const stand = stands[round % stands.length]!;
    const post = (path: string, body = {}) =>
      askOnce(api.url, { method: 'POST', path: `/api/sessions${path}`, authorization: stand.owner, body });
    const { id } = JSON.parse(await post('', { group_id: stand.group })) as SessionDetail;
    await changeSeen(stand, () => post(`/${id}:start`));
    await sleep(200);
    seen.push(await changeSeen(stand, () => post(`/${id}:stop`)));
    if (stand.witness.text.includes('"running":true')) throw new Error('Somebody is shown running after the stop.');
    await sleep(200);
  }
  return seen;
}

async function racesRead(api: Server): Promise<number> {
  const text = await (await fetch(`${api.url}/metrics`)).text();
  return Number(/^lockin_live_race_reads_total (\d+)$/m.exec(text)?.[1]);
}

function report(stands: Stand[], seen: number[][]): void {
  const sorted = (values: number[]): number[] => values.toSorted((a, b) => a - b);
  const last = sorted(seen.map((times) => Math.max(...times)));
  const all = sorted(seen.flat());
  const median = (values: number[]): string => (values[Math.floor(values.length / 2)] ?? NaN).toFixed(0);
  const most = last.at(-1) ?? NaN;
  const bytes = Buffer.byteLength(stands[0]?.witness.text ?? '');
  say(`an event has ${(bytes / 1024).toFixed(0)} KiB and ${stands[0]?.watchers.length} watchers`);
  say(`from :stop to the last watcher: median ${median(last)} ms, at most ${most.toFixed(0)} ms (goal ${GOAL_MS})`);
  say(`to any watcher: median ${median(all)} ms`);
}

async function bench({ watchers, groups, rounds, pool }: Options): Promise<void> {
  const { url, client } = await startDatabase();
  const people = Math.ceil(watchers / STREAMS_A_PERSON);
  say(`filling in ${people} people in ${groups} groups`);
  await fill(client, people, groups);
  const issuer = await startIssuer();
  stops.push(() => issuer.stop());
  const api = await startApi({ url, pool }, issuer);
  stops.push(() => api.stop());
  const before = (await memoryOf(api.pid))?.now ?? NaN;

  say(`opening ${people * STREAMS_A_PERSON} streams`);
  const stands = await gather(api, client, (n) => issuer.authorization(`person-${n}`));
  stops.push(() => stands.forEach((stand) => stand.watchers.forEach((watcher) => watcher.close())));
  say(`all are open, after ${await racesRead(api)} reads of a race`);
  const open = (await memoryOf(api.pid))?.now ?? NaN;

  const reads = await racesRead(api);
  report(stands, await races(api, stands, rounds));
  say(`${rounds} starts and ${rounds} stops: ${(await racesRead(api)) - reads} reads of a race`);
  const { now = NaN, most = NaN } = (await memoryOf(api.pid)) ?? {};
  say(
    `memory: ${before.toFixed(0)} MB without streams, ${open.toFixed(0)} with them, ${now.toFixed(0)} at the end, ${most.toFixed(0)} at most`,
  );
}

await run(async () => {
  const options = readOptions(process.argv.slice(2));
  if (options === 'help') console.log(usage);
  else await bench(options);
});
