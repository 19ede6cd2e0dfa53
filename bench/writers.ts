import type { Client } from 'pg';
import type { SessionDetail } from '../src/sessions/sessions.dto.js';
import { sendRequest } from './load.js';
import type { Server } from './servers.js';
import type { Membership } from './stream-seed.js';
import { processSeconds } from './usage.js';
import { Watcher } from './watchers.js';

const CONNECTIONS = 32;
const ROUNDS = 3;
const ROUND_MS = 4_000;

/** The role of the writing API process, which identifies its backends in pg_stat_activity. */
export const WRITER = 'lockin_writer';

interface WriteBenchmark {
  readonly writer: Server;
  /** The API process that serves the streams, on the same database. */
  readonly other: Server;
  readonly client: Client;
  /** The owners of the groups. */
  readonly owners: readonly Membership[];
  readonly authorize: (subject: string) => Promise<string>;
}

interface Totals {
  changes: number;
  seconds: number;
  /** CPU seconds of the writing process and its backends. */
  cpu: number;
}

type Post = (path: string, body?: object) => Promise<string>;

/**
 * Compares pausing and resuming with watchers on every group to the same without. Returns the ratio of requests per second,
 * for which the reads for watchers compete on the same machine, and of the CPU time of the writer and its backends.
 */
export async function compareWriters(writing: WriteBenchmark): Promise<{ speed: number; cpu: number }> {
  const { owners, authorize, other, writer } = writing;
  const posts = await Promise.all(
    owners.map(async ({ subject }): Promise<Post> => {
      const authorization = await authorize(subject);
      return (path, body = {}) =>
        sendRequest(writer.url, { method: 'POST', path: `/api/sessions${path}`, authorization, body });
    }),
  );
  const sessions = await Promise.all(posts.map((post, nth) => startSession(post, owners[nth]?.group ?? '')));
  const turns = posts.map((post, nth) => async (): Promise<void> => {
    await post(`/${sessions[nth]}:pause`);
    await post(`/${sessions[nth]}:resume`);
  });
  const [watched, unwatched] = [noTotals(), noTotals()];
  await round(writing, turns, noTotals());
  for (let nth = 0; nth < ROUNDS; nth++) {
    await round(writing, turns, unwatched);
    const watchers = await Promise.all(
      owners.map(async ({ subject, group }) =>
        Watcher.open(other.url, `/api/groups/${group}/progress/stream?changes=true`, await authorize(subject), false),
      ),
    );
    await round(writing, turns, watched);
    for (const watcher of watchers) watcher.close();
  }
  const ratio = (of: (speed: Totals) => number): number => of(watched) / of(unwatched);
  return { speed: ratio((each) => each.changes / each.seconds), cpu: ratio((each) => each.cpu / each.changes) };
}

const noTotals = (): Totals => ({ changes: 0, seconds: 0, cpu: 0 });

async function startSession(post: Post, group: string): Promise<string> {
  const { id } = JSON.parse(await post('', { group_id: group })) as SessionDetail;
  await post(`/${id}:start`);
  return id;
}

/** Each connection takes the next group that no other connection is changing. */
async function round(writing: WriteBenchmark, turns: readonly (() => Promise<void>)[], speed: Totals): Promise<void> {
  const available = [...turns];
  const before = await cpuOf(writing);
  const startedAt = performance.now();
  const write = async (): Promise<void> => {
    while (performance.now() - startedAt < ROUND_MS) {
      const turn = available.shift();
      if (turn === undefined) throw new Error(`At least ${CONNECTIONS} groups are required.`);
      await turn();
      available.push(turn);
      speed.changes += 2;
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, write));
  speed.seconds += (performance.now() - startedAt) / 1_000;
  speed.cpu += (await cpuOf(writing)) - before;
}

async function cpuOf({ writer, client }: WriteBenchmark): Promise<number> {
  const { rows } = await client.query<{ pid: number }>('SELECT pid FROM pg_stat_activity WHERE usename = $1', [WRITER]);
  const seconds = await Promise.all([writer, ...rows].map(({ pid }) => processSeconds(pid)));
  return seconds.reduce<number>((sum, each) => sum + (each ?? NaN), 0);
}
