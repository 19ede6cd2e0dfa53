import { parseArgs } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import { vacuum } from './seed.js';
import { type Issuer, startIssuer } from './issuer.js';
import { type Request, sendRequest } from './load.js';
import { type Server, startApi } from './servers.js';
import { run, log, startDatabase, cleanups } from './environment.js';

/** The maximum ratio of the p99 of pauses while jobs run to that without jobs. */
const MAX_RATIO = 1.5;
const MEMBERS = 10;
/** The last job of a tick that has work to do in this benchmark; the others end at once. */
const LAST_JOB = 'award-milestones';
const MINUTE_MS = 60_000;

const definitions = {
  groups: { default: 12_000, description: 'groups with a running session each' },
  hosts: { default: 1_600, description: 'hosts that pause and resume continuously' },
  connections: { default: 32, description: 'concurrent requests' },
  minutes: { default: 2, description: 'measured job ticks' },
};

type Options = Record<keyof typeof definitions, number>;

function readOptions(argv: string[]): Options | 'help' {
  const numeric = Object.fromEntries(Object.keys(definitions).map((name) => [name, { type: 'string' as const }]));
  const { values } = parseArgs({ args: argv, options: { ...numeric, help: { type: 'boolean' } } });
  if (values.help) return 'help';
  const numbers = Object.entries(definitions).map(([name, { default: defaultValue }]) => {
    const value = Number((values as Record<string, unknown>)[name] ?? defaultValue);
    if (!Number.isSafeInteger(value) || value < 1) throw new Error(`--${name} must be an integer above zero`);
    return [name, value];
  });
  return Object.fromEntries(numbers) as Options;
}

const usage = [
  'npm run bench:jobs -- [options]',
  ...Object.entries(definitions).map(
    ([name, { default: defaultValue, description }]) => `  --${name.padEnd(12)} ${description} (${defaultValue})`,
  ),
].join('\n');

/**
 * User n owns group n and hosts a session there, which started an hour ago and has one more participant. The targets
 * differ by minutes, so that every tick finds a few dozen milestones to record and thousands of unmet targets.
 */
async function seed(client: Client, { groups }: Options): Promise<void> {
  await client.query(`
    CREATE SCHEMA bench;
    SET session_replication_role = replica;
    CREATE TABLE bench.people AS
    SELECT n, gen_random_uuid() AS id, gen_random_uuid() AS group_id, gen_random_uuid() AS session_id, gen_random_uuid() AS past_id,
           to_ms(now() - interval '1 hour') AS at, 62 + n % 1000 AS target
      FROM generate_series(0, ${groups - 1}) n;
    ALTER TABLE bench.people ADD PRIMARY KEY (n);
    INSERT INTO profiles (id, display_name) SELECT id, 'Person ' || n FROM bench.people;
    INSERT INTO auth_identities (provider, subject, profile_id) SELECT 'cognito', 'person-' || n, id FROM bench.people;
    INSERT INTO groups (id, owner_id, name, start_at, end_at, timezone, period, period_target_minutes)
    SELECT group_id, id, 'Group ' || n, at - interval '60 days', at + interval '60 days', 'UTC', 'weekly', target FROM bench.people;
    INSERT INTO target_changes (group_id, target_minutes, changed_at) SELECT group_id, target, at - interval '60 days' FROM bench.people;
    CREATE TABLE bench.members AS
    SELECT g.group_id, g.session_id, g.past_id, g.at, k, p.id AS user_id, gen_random_uuid() AS now_id, gen_random_uuid() AS then_id
      FROM bench.people g CROSS JOIN generate_series(0, ${MEMBERS - 1}) k JOIN bench.people p ON p.n = (g.n + k * 37) % ${groups};
    INSERT INTO group_members (group_id, user_id, role, group_period)
    SELECT group_id, user_id, CASE k WHEN 0 THEN 'owner' ELSE 'member' END::member_role, 'weekly' FROM bench.members;
    INSERT INTO sessions (id, group_id, creator_id, status, started_at, running_since, last_verb_at, expires_at, created_at)
    SELECT session_id, group_id, id, 'running', at, at, at, at + max_session_length(), at FROM bench.people;
    INSERT INTO sessions (id, group_id, creator_id, status, started_at, ended_at, last_verb_at, stopped_by_host, created_at)
    SELECT past_id, group_id, id, 'ended', at - interval '9 days', at - interval '1 hour', at - interval '1 hour', true, at - interval '9 days'
      FROM bench.people;
    INSERT INTO session_participants (id, session_id, user_id, role, joined_at, session_created_at, session_ended)
    SELECT s.participant_id, s.id, m.user_id, CASE k WHEN 0 THEN 'host' ELSE 'participant' END::session_role, m.at, m.at, s.over
      FROM bench.members m CROSS JOIN LATERAL (VALUES (now_id, session_id, false), (then_id, past_id, true)) s (participant_id, id, over)
     WHERE m.k < 2;
    INSERT INTO time_logs (participant_id, group_id, user_id, started_at, ended_at)
    SELECT now_id, group_id, user_id, at, NULL FROM bench.members WHERE k < 2
    UNION ALL
    SELECT then_id, group_id, user_id, at - days * interval '1 day', at - days * interval '1 day' + interval '1 minute'
      FROM bench.members CROSS JOIN generate_series(1, 8) days WHERE k < 2;
    SET session_replication_role = origin`);
  await vacuum(client);
}

/** The time at which a pause was sent, and its duration in milliseconds. */
interface Pause {
  readonly at: number;
  readonly ms: number;
}

/** Each connection pauses and resumes the sessions of its own hosts in turn, until `until` returns true. */
async function load(api: Server, hosts: Request[][], connections: number, until: () => boolean): Promise<Pause[]> {
  const pauses: Pause[] = [];
  const connection = async (first: number): Promise<void> => {
    for (let host = first; !until(); host = host + connections < hosts.length ? host + connections : first) {
      const [pause, resume] = hosts[host] ?? [];
      const at = Date.now();
      const since = performance.now();
      await sendRequest(api.url, pause!);
      pauses.push({ at, ms: performance.now() - since });
      await sendRequest(api.url, resume!);
    }
  };
  await Promise.all(Array.from({ length: connections }, (_, first) => connection(first)));
  return pauses;
}

async function createRequests(client: Client, issuer: Issuer, { hosts }: Options): Promise<Request[][]> {
  const { rows } = await client.query<{ n: number; session: string }>(
    `SELECT n, session_id AS session FROM bench.people ORDER BY n LIMIT ${hosts}`,
  );
  return Promise.all(
    rows.map(async ({ n, session }) => {
      const authorization = await issuer.authorization(`person-${n}`);
      return ['pause', 'resume'].map((verb): Request => ({
        method: 'POST',
        path: `/api/sessions/${session}:${verb}`,
        authorization,
        body: {},
      }));
    }),
  );
}

/** The number of completed ticks. */
async function completedTicks(api: Server): Promise<number> {
  const text = await (await fetch(`${api.url}/metrics`)).text();
  return Number(
    new RegExp(`^lockin_job_duration_seconds_count\\{.*${LAST_JOB}.*\\} (\\d+)$`, 'm').exec(text)?.[1] ?? 0,
  );
}

const msToNextMinute = (): number => MINUTE_MS - (Date.now() % MINUTE_MS);

/** Records the start and end of the jobs in each of the next minutes. */
async function recordJobRuns(api: Server, client: Client, minutes: number): Promise<[from: number, to: number][]> {
  const spans: [number, number][] = [];
  for (let minute = 0; minute < minutes; minute++) {
    log(`the jobs start in ${(msToNextMinute() / 1_000).toFixed(0)} s`);
    await sleep(msToNextMinute());
    const [from, before] = [Date.now(), await completedTicks(api)];
    while ((await completedTicks(api)) === before) await sleep(200);
    spans.push([from, Date.now()]);
    const { rows } = await client.query<{ goals: string }>('SELECT count(*) AS goals FROM milestones');
    log(`the jobs took ${((Date.now() - from) / 1_000).toFixed(1)} s; ${rows[0]?.goals} milestones recorded`);
  }
  return spans;
}

function report(pauses: Pause[], spans: [from: number, to: number][]): void {
  const overlapsJobs = (pause: Pause): boolean =>
    spans.some(([from, to]) => pause.at + pause.ms >= from && pause.at <= to);
  const at = (times: number[], share: number): number => times[Math.floor(times.length * share)] ?? NaN;
  const [without, withJobs] = [false, true].map((jobs) => {
    const times = pauses.filter((pause) => overlapsJobs(pause) === jobs).map(({ ms }) => ms);
    return times.toSorted((a, b) => a - b);
  }) as [number[], number[]];
  for (const [name, times] of Object.entries({ 'without jobs': without, 'with jobs': withJobs }))
    log(
      `:pause ${name}: p50 ${at(times, 0.5).toFixed(1)} ms, p99 ${at(times, 0.99).toFixed(1)} ms, of ${times.length}`,
    );
  const ratio = at(withJobs, 0.99) / at(without, 0.99);
  log(`ratio of p99 with jobs to p99 without: ${ratio.toFixed(2)} (limit: ${MAX_RATIO})`);
}

async function bench(options: Options): Promise<void> {
  const { url, client } = await startDatabase();
  log(`inserting ${options.groups} groups with a running session each`);
  await seed(client, options);
  const issuer = await startIssuer();
  cleanups.push(() => issuer.stop());
  const hosts = await createRequests(client, issuer, options);
  const api = await startApi({ url, pool: 10 }, issuer);
  cleanups.push(() => api.stop());

  log(`warming up: every host pauses and resumes once, on ${options.connections} connections`);
  let left = hosts.length;
  await load(api, hosts, options.connections, () => left-- <= 0);
  const recording = recordJobRuns(api, client, options.minutes);
  let done = false;
  void recording.finally(() => (done = true)).catch(() => undefined);
  const pauses = await load(api, hosts, options.connections, () => done);
  report(pauses, await recording);
}

await run(async () => {
  const options = readOptions(process.argv.slice(2));
  if (options === 'help') console.log(usage);
  else await bench(options);
});
