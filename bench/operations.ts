import type { Client } from 'pg';
import { removeScheduledSessions, resetRunningSessions } from './fill.js';
import type { Ask } from './load.js';

/** Makes the Authorization header of the person with this number. */
type Authorize = (person: number) => string;

export interface Operation {
  readonly name: string;
  /** The same for both servers: what is asked in turn, spread over the connections. */
  readonly asks: readonly Ask[];
  /** Asks that belong together and keep their order on one connection; 1 unless said. */
  readonly inRow?: number;
  /** How often each ask may be repeated in one round before it is refused. */
  readonly atMost?: number;
  /** Undoes a round, so that every round begins alike, and the tables that it leaves with dead rows. */
  readonly undo?: { readonly sql: string; readonly tables: string };
}

/** Different people in every ask, so that different rows are read. */
const MOST_ASKS = 2_000;

export async function operations(client: Client, authorize: Authorize): Promise<Operation[]> {
  return [...(await reads(client, authorize)), ...(await writes(client, authorize))];
}

async function reads(client: Client, authorize: Authorize): Promise<Operation[]> {
  const get = (path: string, person: number): Ask => ({ method: 'GET', path, authorization: authorize(person) });
  const everybody = await rows<{ n: number }>(client, `SELECT n FROM bench.people ORDER BY n LIMIT ${MOST_ASKS}`);
  const of20 = await memberships(client, 'size <= 20');
  const of200 = await memberships(client, 'size > 20');
  const deep = await cursors(client);
  const each = (path: string): Ask[] => everybody.map(({ n }) => get(path, n));
  const inGroup = (members: Membership[], path: string): Ask[] =>
    members.map(({ person, group }) => get(`/api/groups/${group}${path}`, person));
  return [
    { name: 'me', asks: each('/api/me') },
    { name: 'groups', asks: each('/api/groups') },
    { name: 'group', asks: inGroup(of20, '') },
    { name: 'members of 20', asks: inGroup(of20, '/members') },
    { name: 'progress of 20', asks: inGroup(of20, '/progress/current') },
    { name: 'progress of 200', asks: inGroup(of200, '/progress/current') },
    { name: 'inbox, first page', asks: each('/api/notifications') },
    {
      name: 'inbox, by cursor',
      asks: deep.map(({ n, at, id }) => get(`/api/notifications?cursor_created_at=${at}&cursor_id=${id}&limit=20`, n)),
    },
  ].filter(({ asks }) => asks.length > 0);
}

async function writes(client: Client, authorize: Authorize): Promise<Operation[]> {
  const post = (path: string, person: number, body?: object): Ask => ({
    method: 'POST',
    path,
    authorization: authorize(person),
    body,
  });
  const of20 = await memberships(client, 'size <= 20');
  const hosts = await rows<{ person: number; session: string; began: string; ended: string }>(
    client,
    `SELECT person_n AS person, session_id AS session, rfc3339(at + interval '10 minutes') AS began,
            rfc3339(at + interval '35 minutes') AS ended
       FROM bench.hosts ORDER BY session_id`,
  );
  const verb = (name: string): Ask[] =>
    hosts.map((host) => post(`/api/sessions/${host.session}:${name}`, host.person, {}));
  const [pauses, resumes] = [verb('pause'), verb('resume')];
  const undo = { sql: resetRunningSessions, tables: 'time_logs, sessions' };
  return [
    {
      name: 'new session',
      asks: onePerPerson(of20).map(({ person, group }) => post('/api/sessions', person, { group_id: group })),
      atMost: 20,
      undo: { sql: removeScheduledSessions, tables: 'sessions, session_participants' },
    },
    { name: 'pause and resume', asks: pauses.flatMap((pause, i) => [pause, resumes[i] ?? pause]), inRow: 2, undo },
    {
      name: 'log by hand',
      asks: hosts.map(({ person, session, began, ended }) =>
        post(`/api/sessions/${session}/logs`, person, { started_at: began, ended_at: ended }),
      ),
      undo,
    },
  ];
}

/** Progress in groups of 20: of those with the usual history, and of those that fillTenfoldHistory() chose. */
export async function progressByHistory(client: Client, authorize: Authorize, count: number): Promise<[Ask[], Ask[]]> {
  const asksOf = async (odd: number): Promise<Ask[]> => {
    const members = await memberships(client, `size <= 20 AND group_n < ${count} AND group_n % 2 = ${odd}`);
    return members.map(({ person, group }) => ({
      method: 'GET',
      path: `/api/groups/${group}/progress/current`,
      authorization: authorize(person),
    }));
  };
  return [await asksOf(0), await asksOf(1)];
}

interface Membership {
  person: number;
  group: string;
}

/** In no order that the database would like: neighbours in the list are not neighbours on disk. */
function memberships(client: Client, which: string): Promise<Membership[]> {
  return rows(
    client,
    `SELECT person_n AS person, group_id AS group FROM bench.members WHERE ${which}
      ORDER BY md5(group_n || ' ' || k) LIMIT ${MOST_ASKS}`,
  );
}

function onePerPerson(members: Membership[]): Membership[] {
  return [...new Map(members.map((member) => [member.person, member])).values()];
}

/** Somewhere in the middle of everybody's inbox. */
function cursors(client: Client): Promise<{ n: number; at: string; id: string }[]> {
  return rows(
    client,
    `SELECT p.n, rfc3339(n.created_at) AS at, n.id FROM bench.people p
      CROSS JOIN LATERAL (SELECT i.id, i.created_at FROM notifications i WHERE i.recipient_id = p.id
                           ORDER BY i.created_at DESC, i.id DESC
                          OFFSET (SELECT count(*) / 2 FROM notifications c WHERE c.recipient_id = p.id) LIMIT 1) n
      ORDER BY p.n LIMIT ${MOST_ASKS}`,
  );
}

async function rows<Row extends object>(client: Client, sql: string): Promise<Row[]> {
  return (await client.query<Row>(sql)).rows;
}

/** Deals the asks out to the connections: what is in a row stays together, and first comes the first of every row. */
export function deal({ asks, inRow = 1 }: Operation, connections: number): Ask[][] {
  const rowCount = asks.length / inRow;
  const used = Math.min(connections, rowCount);
  return Array.from({ length: used }, (_, connection) => {
    const mine = Array.from({ length: Math.ceil((rowCount - connection) / used) }, (_, i) => connection + i * used);
    return Array.from({ length: inRow }, (_, step) => mine.map((row) => asks[row * inRow + step])).flat() as Ask[];
  });
}
