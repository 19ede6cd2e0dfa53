import { parseArgs } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import type { SessionDetail } from '../src/sessions/sessions.dto.js';
import { startIssuer } from './issuer.js';
import { askOnce } from './load.js';
import { type Server, startApi } from './servers.js';
import { run, say, startDatabase, stops } from './stage.js';
import { type Crowd, fill, seatsOf } from './stream-fill.js';
import { memoryOf } from './usage.js';
import { Watcher } from './watchers.js';
import { compareWriters, WRITER } from './writers.js';

const STREAMS_A_PERSON = 5;
const POOL = 10;

/** Connections that are opened at once. */
const AT_ONCE = 50;

/** Between two changes, so that none is told together with the one before. */
const PAUSE_MS = 120;

interface Options {
  readonly watchers: number;
  readonly rounds: number;
}

/** A group, the owner who starts and stops, and everybody who watches. */
interface Stand {
  readonly group: string;
  readonly owner: string;
  readonly watchers: Watcher[];
}

/** Of one change: milliseconds from the request to the last watcher, and the bytes that each received. */
interface Seen {
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
  const whole = (name: 'watchers' | 'rounds', usual: number): number => {
    const value = Number(values[name] ?? usual);
    if (Number.isSafeInteger(value) && value >= 20 * STREAMS_A_PERSON * (name === 'watchers' ? 1 : 0.1)) return value;
    throw new Error(`--${name} must be a whole number, watchers at least 100 and rounds at least 10`);
  };
  return { watchers: whole('watchers', 5_000), rounds: whole('rounds', 30) };
}

const usage = `npm run bench:stream -- [options]
  --watchers       streams of groups of 20 on one process, ${STREAMS_A_PERSON} a person; half as many of groups of 500 (5000)
  --rounds         starts and stops of each kind (30)`;

/** Opens everybody's streams. */
async function gather(
  api: Server,
  client: Client,
  crowd: Crowd,
  changes: boolean,
  authorize: Authorize,
): Promise<Stand[]> {
  const seats = await seatsOf(client, crowd);
  const stands = new Map<string, Stand>();
  for (const { subject, group, owns } of seats)
    if (owns) stands.set(group, { group, owner: await authorize(subject), watchers: [] });
  const missing = seats.flatMap((seat) => Array.from({ length: STREAMS_A_PERSON }, () => seat));
  const openNext = async (): Promise<void> => {
    for (let seat = missing.pop(); seat; seat = missing.pop()) {
      const path = `/api/groups/${seat.group}/progress/stream${changes ? '?changes=true' : ''}`;
      const watcher = await Watcher.open(api.url, path, await authorize(seat.subject), false);
      stands.get(seat.group)?.watchers.push(watcher);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, openNext));
  return [...stands.values()];
}

async function changeSeen({ watchers }: Stand, send: () => Promise<unknown>): Promise<Seen> {
  const arrivals = Promise.all(watchers.map((watcher) => watcher.next()));
  const began = performance.now();
  await send();
  const lastMs = Math.max(...(await arrivals)) - began;
  return { lastMs, bytes: watchers.reduce((sum, { received }) => sum + received, 0) / watchers.length };
}

async function changesSeen(api: Server, stands: Stand[], rounds: number): Promise<Seen[]> {
  const seen: Seen[] = [];
  for (let round = 0; round < rounds; round++) {
    const stand = stands[round % stands.length];
    if (stand === undefined) break;
    const post = (path: string, body = {}) =>
      askOnce(api.url, { method: 'POST', path: `/api/sessions${path}`, authorization: stand.owner, body });
    const { id } = JSON.parse(await post('', { group_id: stand.group })) as SessionDetail;
    for (const verb of ['start', 'stop']) {
      seen.push(await changeSeen(stand, () => post(`/${id}:${verb}`)));
      await sleep(PAUSE_MS);
    }
  }
  return seen;
}

async function racesRead(api: Server): Promise<number> {
  const text = await (await fetch(`${api.url}/metrics`)).text();
  return Number(/^lockin_live_race_reads_total (\d+)$/m.exec(text)?.[1]);
}

/** The process is started anew for each kind, so that its memory is that kind's. */
async function watched(
  crowd: Crowd,
  changes: boolean,
  rounds: number,
  start: () => Promise<Server>,
  client: Client,
  authorize: Authorize,
): Promise<void> {
  const api = await start();
  const stands = await gather(api, client, crowd, changes, authorize);
  await sleep(PAUSE_MS);
  const reads = await racesRead(api);
  const seen = await changesSeen(api, stands, rounds);
  const readsAChange = ((await racesRead(api)) - reads) / seen.length;
  const memory = (await memoryOf(api.pid))?.most ?? NaN;
  const last = seen.map(({ lastMs }) => lastMs).sort((a, b) => a - b);
  const worstTenth = last.slice(-Math.ceil(last.length / 10));
  const bytes = seen.map((each) => each.bytes).sort((a, b) => a - b);
  const perGroup = stands[0]?.watchers.length ?? 0;
  const streams = stands.reduce((sum, { watchers }) => sum + watchers.length, 0);
  say(
    `${streams} watchers, ${perGroup} a group of ${crowd.members}, ${changes ? 'changes' : 'whole races'}: ` +
      `to the last watcher ${median(last).toFixed(0)} ms, median of the worst tenth ${median(worstTenth).toFixed(0)} ms, ` +
      `at most ${(last.at(-1) ?? NaN).toFixed(0)} ms; a change has ${(median(bytes) / 1024).toFixed(1)} KiB, ` +
      `${((median(bytes) * perGroup) / 2 ** 20).toFixed(2)} MiB to all; ${readsAChange.toFixed(1)} reads a change; ${memory.toFixed(0)} MB at most`,
  );
  for (const stand of stands) stand.watchers.forEach((watcher) => watcher.close());
  await api.stop();
}

function median(sorted: number[]): number {
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

async function bench({ watchers, rounds }: Options): Promise<void> {
  const { url, client } = await startDatabase();
  const small: Crowd = { name: 'small', groups: Math.floor(watchers / STREAMS_A_PERSON / 20), members: 20 };
  const large: Crowd = {
    name: 'large',
    groups: 1,
    members: Math.min(500, Math.floor(watchers / STREAMS_A_PERSON / 2)),
  };
  await fill(client, [small, large]);
  const issuer = await startIssuer();
  stops.push(() => issuer.stop());
  const tokens = new Map<string, Promise<string>>();
  const authorize: Authorize = (subject) => {
    const token = tokens.get(subject) ?? issuer.authorization(subject);
    tokens.set(subject, token);
    return token;
  };
  const start = async (database = url): Promise<Server> => {
    const api = await startApi({ url: database, pool: POOL }, issuer);
    stops.push(() => api.stop());
    return api;
  };
  for (const changes of [true, false]) {
    await watched(small, changes, rounds, () => start(), client, authorize);
    await watched(large, changes, rounds, () => start(), client, authorize);
  }
  await client.query(`CREATE ROLE ${WRITER} SUPERUSER LOGIN PASSWORD 'bench'`);
  const writersUrl = Object.assign(new URL(url), { username: WRITER, password: 'bench' }).href;
  const owners = (await seatsOf(client, small)).filter(({ owns }) => owns);
  const ratios = await compareWriters({
    writer: await start(writersUrl),
    other: await start(),
    client,
    owners,
    authorize,
  });
  say(
    `pausing and resuming where every group is watched, over where none is: ${ratios.speed.toFixed(2)} of the requests ` +
      `a second (the reads for watchers run on the same cores), ${ratios.cpu.toFixed(2)} of the CPU of the writing process and its backends`,
  );
}

await run(async () => {
  const options = readOptions(process.argv.slice(2));
  if (options === 'help') console.log(usage);
  else await bench(options);
});
