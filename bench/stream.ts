import { parseArgs } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import type { SessionDetail } from '../src/sessions/sessions.dto.js';
import { startIssuer } from './issuer.js';
import { sendRequest } from './load.js';
import { type Server, startApi } from './servers.js';
import { run, log, startDatabase, cleanups } from './environment.js';
import { type GroupSet, seed, membershipsOf } from './stream-seed.js';
import { memoryOf } from './usage.js';
import { Watcher } from './watchers.js';
import { compareWriters, WRITER } from './writers.js';

const STREAMS_PER_USER = 5;
const POOL = 10;

/** The number of streams that are opened concurrently. */
const CONCURRENCY = 50;

/** The delay between two changes, so that the API does not combine them into one event. */
const CHANGE_INTERVAL_MS = 120;

interface Options {
  readonly watchers: number;
  readonly rounds: number;
}

/** A group, the Authorization header of its owner, and its watchers. */
interface WatchedGroup {
  readonly group: string;
  readonly owner: string;
  readonly watchers: Watcher[];
}

/** One change: milliseconds from the request to the last watcher's event, and the average bytes per watcher. */
interface Delivery {
  readonly lastMs: number;
  readonly bytes: number;
}

type Authorize = (subject: string) => Promise<string>;

function readOptions(argv: string[]): Options | 'help' {
  const numeric = { type: 'string' as const };
  const { values } = parseArgs({
    args: argv,
    options: { watchers: numeric, rounds: numeric, help: { type: 'boolean' } },
  });
  if (values.help) return 'help';
  const integer = (name: 'watchers' | 'rounds', defaultValue: number): number => {
    const value = Number(values[name] ?? defaultValue);
    if (Number.isSafeInteger(value) && value >= 20 * STREAMS_PER_USER * (name === 'watchers' ? 1 : 0.1)) return value;
    throw new Error(`--${name} must be an integer; the minimum is 100 watchers and 10 rounds`);
  };
  return { watchers: integer('watchers', 5_000), rounds: integer('rounds', 30) };
}

const usage = `npm run bench:stream -- [options]
  --watchers       streams of groups of 20 on one process, ${STREAMS_PER_USER} per user; half as many of groups of 500 (5000)
  --rounds         starts and stops of each kind (30)`;

/** Opens the streams of all members. */
async function openWatchers(
  api: Server,
  client: Client,
  groupSet: GroupSet,
  changes: boolean,
  authorize: Authorize,
): Promise<WatchedGroup[]> {
  const memberships = await membershipsOf(client, groupSet);
  const groups = new Map<string, WatchedGroup>();
  for (const { subject, group, isOwner } of memberships)
    if (isOwner) groups.set(group, { group, owner: await authorize(subject), watchers: [] });
  const pending = memberships.flatMap((membership) => Array.from({ length: STREAMS_PER_USER }, () => membership));
  const openNext = async (): Promise<void> => {
    for (let next = pending.pop(); next; next = pending.pop()) {
      const path = `/api/groups/${next.group}/progress/stream${changes ? '?changes=true' : ''}`;
      const watcher = await Watcher.open(api.url, path, await authorize(next.subject), false);
      groups.get(next.group)?.watchers.push(watcher);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, openNext));
  return [...groups.values()];
}

async function measureChange({ watchers }: WatchedGroup, send: () => Promise<unknown>): Promise<Delivery> {
  const arrivals = Promise.all(watchers.map((watcher) => watcher.next()));
  const began = performance.now();
  await send();
  const lastMs = Math.max(...(await arrivals)) - began;
  return { lastMs, bytes: watchers.reduce((sum, { bytesReceived }) => sum + bytesReceived, 0) / watchers.length };
}

async function measureChanges(api: Server, groups: WatchedGroup[], rounds: number): Promise<Delivery[]> {
  const deliveries: Delivery[] = [];
  for (let round = 0; round < rounds; round++) {
    const watched = groups[round % groups.length];
    if (watched === undefined) break;
    const post = (path: string, body = {}) =>
      sendRequest(api.url, { method: 'POST', path: `/api/sessions${path}`, authorization: watched.owner, body });
    const { id } = JSON.parse(await post('', { group_id: watched.group })) as SessionDetail;
    for (const verb of ['start', 'stop']) {
      deliveries.push(await measureChange(watched, () => post(`/${id}:${verb}`)));
      await sleep(CHANGE_INTERVAL_MS);
    }
  }
  return deliveries;
}

async function raceReads(api: Server): Promise<number> {
  const text = await (await fetch(`${api.url}/metrics`)).text();
  return Number(/^lockin_live_race_reads_total (\d+)$/m.exec(text)?.[1]);
}

/** Starts a new API process for each kind of stream, so that its peak memory is of that kind. */
async function measureStreams(
  groupSet: GroupSet,
  changes: boolean,
  rounds: number,
  start: () => Promise<Server>,
  client: Client,
  authorize: Authorize,
): Promise<void> {
  const api = await start();
  const groups = await openWatchers(api, client, groupSet, changes, authorize);
  await sleep(CHANGE_INTERVAL_MS);
  const reads = await raceReads(api);
  const deliveries = await measureChanges(api, groups, rounds);
  const readsAChange = ((await raceReads(api)) - reads) / deliveries.length;
  const memory = (await memoryOf(api.pid))?.peak ?? NaN;
  const latencies = deliveries.map(({ lastMs }) => lastMs).sort((a, b) => a - b);
  const worstTenth = latencies.slice(-Math.ceil(latencies.length / 10));
  const bytes = deliveries.map((each) => each.bytes).sort((a, b) => a - b);
  const perGroup = groups[0]?.watchers.length ?? 0;
  const streams = groups.reduce((sum, { watchers }) => sum + watchers.length, 0);
  log(
    `${streams} watchers, ${perGroup} per group of ${groupSet.members}, ${changes ? 'changes' : 'whole races'}: ` +
      `last watcher after ${median(latencies).toFixed(0)} ms, median of the worst tenth ${median(worstTenth).toFixed(0)} ms, ` +
      `at most ${(latencies.at(-1) ?? NaN).toFixed(0)} ms; a change is ${(median(bytes) / 1024).toFixed(1)} KiB, ` +
      `${((median(bytes) * perGroup) / 2 ** 20).toFixed(2)} MiB to all; ${readsAChange.toFixed(1)} reads per change; ${memory.toFixed(0)} MB peak memory`,
  );
  for (const watched of groups) watched.watchers.forEach((watcher) => watcher.close());
  await api.stop();
}

function median(sorted: number[]): number {
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

async function bench({ watchers, rounds }: Options): Promise<void> {
  const { url, client } = await startDatabase();
  const small: GroupSet = { name: 'small', groups: Math.floor(watchers / STREAMS_PER_USER / 20), members: 20 };
  const large: GroupSet = {
    name: 'large',
    groups: 1,
    members: Math.min(500, Math.floor(watchers / STREAMS_PER_USER / 2)),
  };
  await seed(client, [small, large]);
  const issuer = await startIssuer();
  cleanups.push(() => issuer.stop());
  const tokens = new Map<string, Promise<string>>();
  const authorize: Authorize = (subject) => {
    const token = tokens.get(subject) ?? issuer.authorization(subject);
    tokens.set(subject, token);
    return token;
  };
  const start = async (database = url): Promise<Server> => {
    const api = await startApi({ url: database, pool: POOL }, issuer);
    cleanups.push(() => api.stop());
    return api;
  };
  for (const changes of [true, false]) {
    await measureStreams(small, changes, rounds, () => start(), client, authorize);
    await measureStreams(large, changes, rounds, () => start(), client, authorize);
  }
  await client.query(`CREATE ROLE ${WRITER} SUPERUSER LOGIN PASSWORD 'bench'`);
  const writersUrl = Object.assign(new URL(url), { username: WRITER, password: 'bench' }).href;
  const owners = (await membershipsOf(client, small)).filter(({ isOwner }) => isOwner);
  const ratios = await compareWriters({
    writer: await start(writersUrl),
    other: await start(),
    client,
    owners,
    authorize,
  });
  log(
    `pausing and resuming with watchers compared to without: ${ratios.speed.toFixed(2)} of the requests ` +
      `per second (the reads for watchers run on the same cores), ${ratios.cpu.toFixed(2)} of the CPU of the writing process and its backends`,
  );
}

await run(async () => {
  const options = readOptions(process.argv.slice(2));
  if (options === 'help') console.log(usage);
  else await bench(options);
});
