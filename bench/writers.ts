import type { Client } from 'pg';
import type { SessionDetail } from '../src/sessions/sessions.dto.js';
import { askOnce } from './load.js';
import type { Server } from './servers.js';
import type { Seat } from './stream-fill.js';
import { processSeconds } from './usage.js';
import { Watcher } from './watchers.js';

const CONNECTIONS = 32;
const ROUNDS = 3;
const ROUND_MS = 4_000;

/** The role of the writing API, by which its backends are known. */
export const WRITER = 'lockin_writer';

interface Writing {
  readonly writer: Server;
  /** Where everything is watched: another process on the same database. */
  readonly other: Server;
  readonly client: Client;
  /** The owners of the groups, and as whom they are signed in. */
  readonly owners: readonly Seat[];
  readonly authorize: (subject: string) => Promise<string>;
}

interface Speed {
  changes: number;
  seconds: number;
  /** Of the writing process and its backends. */
  cpu: number;
}

type Post = (path: string, body?: object) => Promise<string>;

/**
 * What pausing and resuming costs where every group is watched, in parts of what it costs where none is: in requests a
 * second, for which the reads of the races compete on the same machine, and in the processor time of the writer and its backends.
 */
export async function compareWriters(writing: Writing): Promise<{ speed: number; cpu: number }> {
  const { owners, authorize, other, writer } = writing;
  const posts = await Promise.all(
    owners.map(async ({ subject }): Promise<Post> => {
      const authorization = await authorize(subject);
      return (path, body = {}) =>
        askOnce(writer.url, { method: 'POST', path: `/api/sessions${path}`, authorization, body });
    }),
  );
  const sessions = await Promise.all(posts.map((post, nth) => startSession(post, owners[nth]?.group ?? '')));
  const turns = posts.map((post, nth) => async (): Promise<void> => {
    await post(`/${sessions[nth]}:pause`);
    await post(`/${sessions[nth]}:resume`);
  });
  const [watched, unwatched] = [noSpeed(), noSpeed()];
  await round(writing, turns, noSpeed());
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
  const ratio = (of: (speed: Speed) => number): number => of(watched) / of(unwatched);
  return { speed: ratio((each) => each.changes / each.seconds), cpu: ratio((each) => each.cpu / each.changes) };
}

const noSpeed = (): Speed => ({ changes: 0, seconds: 0, cpu: 0 });

async function startSession(post: Post, group: string): Promise<string> {
  const { id } = JSON.parse(await post('', { group_id: group })) as SessionDetail;
  await post(`/${id}:start`);
  return id;
}

/** Each connection goes on with the next group that nobody is changing. */
async function round(writing: Writing, turns: readonly (() => Promise<void>)[], speed: Speed): Promise<void> {
  const free = [...turns];
  const before = await cpuOf(writing);
  const began = performance.now();
  const write = async (): Promise<void> => {
    while (performance.now() - began < ROUND_MS) {
      const turn = free.shift();
      if (turn === undefined) throw new Error(`${CONNECTIONS} connections need as many groups`);
      await turn();
      free.push(turn);
      speed.changes += 2;
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, write));
  speed.seconds += (performance.now() - began) / 1_000;
  speed.cpu += (await cpuOf(writing)) - before;
}

async function cpuOf({ writer, client }: Writing): Promise<number> {
  const { rows } = await client.query<{ pid: number }>('SELECT pid FROM pg_stat_activity WHERE usename = $1', [WRITER]);
  const seconds = await Promise.all([writer, ...rows].map(({ pid }) => processSeconds(pid)));
  return seconds.reduce<number>((sum, each) => sum + (each ?? NaN), 0);
}
