import { get as httpGet, type IncomingMessage } from 'node:http';
import type { Client } from 'pg';
import { MEMBERSHIPS, SESSION_LOGS, UNREAD } from './seed-dense.js';
import type { Request } from './load.js';
import { type Authorize, get, type Operation, type Operations, rows } from './operations.js';

/** An operation that is measured with little data and with much data. */
export interface Growth {
  readonly name: string;
  /** Runs on the usual database. */
  readonly small: (usual: Operations) => Promise<Operation>;
  /** Runs on the dense database; with `watchers`, on the usual one. */
  readonly large: (dense: Operations) => Promise<Operation>;
  /** Whether the lean server is measured too in the large case. */
  readonly lean?: boolean;
  /** The number of watchers of every group in the large case. */
  readonly watchers?: number;
}

const WATCHERS = 5;

/** A condition on bench.members and bench.groups. */
const SMALL = 'size <= 20';
const verbs = (of: Operations): Promise<Operation> => of.verbs();

export function growths(denseLogs: number): Growth[] {
  return [
    ...ofLogs(`every group with ${denseLogs.toLocaleString('en')} logs`),
    ...ofPeople(),
    ...ofHistory(),
    { name: `pause and resume, every group watched by ${WATCHERS}`, small: verbs, large: verbs, watchers: WATCHERS },
  ];
}

function ofLogs(dense: string): Growth[] {
  const long = `a session of ${SESSION_LOGS.toLocaleString('en')} logs`;
  const progress = (of: Operations): Promise<Operation> => of.progress(SMALL);
  return [
    { name: `progress of 20, ${dense}`, small: progress, large: progress, lean: true },
    { name: `pause and resume, ${dense}`, small: verbs, large: (of) => of.verbs('NOT long'), lean: true },
    { name: `log by hand, ${dense}`, small: (of) => of.logs(), large: (of) => of.logs('NOT long'), lean: true },
    { name: `pause and resume, ${long}`, small: verbs, large: (of) => of.verbs('long') },
    { name: `session, ${long}`, small: (of) => of.sessions(), large: (of) => of.sessions('long') },
  ];
}

function ofPeople(): Growth[] {
  const unread = `${UNREAD.toLocaleString('en')} unread`;
  const both = (name: string, path: string, who: string): Growth => ({
    name,
    small: (usual) => usual.ofPeople(path),
    large: (dense) => dense.ofPeople(path, who),
  });
  return [
    both(`me, ${MEMBERSHIPS} memberships`, '/api/me', 'bench.joiners'),
    both(`me, ${unread}`, '/api/me', 'bench.unreading'),
    both(`groups, ${MEMBERSHIPS} memberships`, '/api/groups', 'bench.joiners'),
    both(`inbox, first page of ${unread}`, '/api/notifications', 'bench.unreading'),
    both(`inbox, unread of ${unread}`, '/api/notifications?unread=true', 'bench.unreading'),
    both(`inbox, read behind ${unread}`, '/api/notifications?unread=false', 'bench.unreading'),
    {
      name: `inbox, by cursor among ${unread}`,
      small: (usual) => usual.inboxByCursor(),
      large: (dense) => dense.inboxByCursor('bench.unreading'),
    },
  ];
}

function ofHistory(): Growth[] {
  const day = new Date(Date.now() - 10 * 86_400_000).toISOString().slice(0, 10);
  const both = (name: string, query: string): Growth => {
    const history = (of: Operations): Promise<Operation> => of.inGroups(SMALL, `/progress/history${query}`);
    return { name, small: history, large: history };
  };
  return [
    both('history of one day, a group of three years', `?from=${day}&to=${day}`),
    both('history of 30 periods, a group of three years', ''),
  ];
}

/** Opens streams of `count` members of every group and waits for the first events. Returns a function that closes them. */
export async function openStreams(
  url: string,
  client: Client,
  authorize: Authorize,
  count: number,
): Promise<() => void> {
  const watchers = await rows<{ person: number; group: string }>(
    client,
    `SELECT person_n AS person, group_id AS group FROM bench.members WHERE size <= 20 AND k < ${count}`,
  );
  const streams: IncomingMessage[] = [];
  const openNext = async (): Promise<void> => {
    for (let next = watchers.pop(); next; next = watchers.pop()) {
      streams.push(await openStream(url, get(`/api/groups/${next.group}/progress/stream`, authorize(next.person))));
    }
  };
  await Promise.all(Array.from({ length: 50 }, openNext));
  return () => streams.forEach((stream) => stream.destroy());
}

function openStream(url: string, { path, authorization }: Request): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = httpGet(url + path, { headers: { authorization }, agent: false }, (stream) => {
      if (stream.statusCode !== 200) reject(new Error(`A stream returned status ${stream.statusCode}.`));
      stream.once('data', () => resolve(stream)).on('error', () => undefined);
    });
    request.on('error', reject);
  });
}
