import type { Client } from 'pg';
import { removeScheduledSessions, resetRunningSessions } from './fill.js';
import type { Ask } from './load.js';

/** Makes the Authorization header of the person with this number. */
export type Authorize = (person: number) => string;

export interface Operation {
  readonly name: string;
  /** What is asked in turn, spread over the connections. */
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

export const get = (path: string, authorization: string): Ask => ({ method: 'GET', path, authorization });
const undoVerbs = { sql: resetRunningSessions, tables: 'time_logs, sessions' };

interface Membership {
  person: number;
  group: string;
}

interface Host {
  person: number;
  session: string;
  began: string;
  ended: string;
}

/** What is asked of a database that fill() has filled. */
export class Operations {
  constructor(
    private readonly client: Client,
    private readonly authorize: Authorize,
  ) {}

  /** Those of the comparison with the lean server. */
  async all(): Promise<Operation[]> {
    return [
      { ...(await this.ofPeople('/api/me')), name: 'me' },
      { ...(await this.ofPeople('/api/groups')), name: 'groups' },
      { ...(await this.inGroups('size <= 20', '')), name: 'group' },
      { ...(await this.inGroups('size <= 20', '/members')), name: 'members of 20' },
      { ...(await this.progress('size <= 20')), name: 'progress of 20' },
      { ...(await this.progress('size > 20')), name: 'progress of 200' },
      { ...(await this.ofPeople('/api/notifications')), name: 'inbox, first page' },
      await this.inboxByCursor(),
      await this.newSessions(),
      await this.verbs(),
      await this.logs(),
    ].filter(({ asks }) => asks.length > 0);
  }

  /** `who` is a table of bench with `person_n`. */
  async ofPeople(path: string, who = '(SELECT n AS person_n FROM bench.people)'): Promise<Operation> {
    const people = await rows<{ n: number }>(
      this.client,
      `SELECT person_n AS n FROM ${who} who ORDER BY person_n LIMIT ${MOST_ASKS}`,
    );
    return { name: path, asks: people.map(({ n }) => get(path, this.authorize(n))) };
  }

  async inGroups(which: string, path: string): Promise<Operation> {
    const asks = (await this.memberships(which)).map(({ person, group }) =>
      get(`/api/groups/${group}${path}`, this.authorize(person)),
    );
    return { name: path, asks };
  }

  async progress(which: string): Promise<Operation> {
    return { ...(await this.inGroups(which, '/progress/current')), name: 'progress of 20' };
  }

  /** From the middle of the inbox. */
  async inboxByCursor(who = '(SELECT n AS person_n, id FROM bench.people)'): Promise<Operation> {
    const cursors = await rows<{ n: number; at: string; id: string }>(
      this.client,
      `SELECT p.person_n AS n, ${instant('n.created_at')} AS at, n.id FROM ${who} p
        CROSS JOIN LATERAL (SELECT i.id, i.created_at FROM notifications i WHERE i.recipient_id = p.id
                             ORDER BY i.created_at DESC, i.id DESC
                            OFFSET (SELECT count(*) / 2 FROM notifications c WHERE c.recipient_id = p.id) LIMIT 1) n
        ORDER BY p.person_n LIMIT ${MOST_ASKS}`,
    );
    const path = ({ at, id }: { at: string; id: string }): string =>
      `/api/notifications?cursor_created_at=${at}&cursor_id=${id}&limit=20`;
    return { name: 'inbox, by cursor', asks: cursors.map((cursor) => get(path(cursor), this.authorize(cursor.n))) };
  }

  async newSessions(): Promise<Operation> {
    const members = await this.memberships('size <= 20');
    const onePerPerson = [...new Map(members.map((member) => [member.person, member])).values()];
    return {
      name: 'new session',
      asks: onePerPerson.map(({ person, group }) => this.post('/api/sessions', person, { group_id: group })),
      atMost: 20,
      undo: { sql: removeScheduledSessions, tables: 'sessions, session_participants' },
    };
  }

  /** Of sessions that run; `which` is a condition on bench.hosts. */
  async verbs(which = 'true'): Promise<Operation> {
    const hosts = await this.hosts(which);
    const asks = hosts.flatMap(({ session, person }) =>
      ['pause', 'resume'].map((verb) => this.post(`/api/sessions/${session}:${verb}`, person, {})),
    );
    return { name: 'pause and resume', asks, inRow: 2, undo: undoVerbs };
  }

  async logs(which = 'true'): Promise<Operation> {
    const asks = (await this.hosts(which)).map(({ session, person, began, ended }) =>
      this.post(`/api/sessions/${session}/logs`, person, { started_at: began, ended_at: ended }),
    );
    return { name: 'log by hand', asks, undo: undoVerbs };
  }

  async sessions(which = 'true'): Promise<Operation> {
    const asks = (await this.hosts(which)).map(({ session, person }) =>
      get(`/api/sessions/${session}`, this.authorize(person)),
    );
    return { name: 'session', asks };
  }

  private post(path: string, person: number, body: object): Ask {
    return { method: 'POST', path, authorization: this.authorize(person), body };
  }

  private hosts(which: string): Promise<Host[]> {
    return rows(
      this.client,
      `SELECT person_n AS person, session_id AS session, ${instant("at + interval '10 minutes'")} AS began,
              ${instant("at + interval '35 minutes'")} AS ended
         FROM bench.hosts WHERE ${which} ORDER BY session_id`,
    );
  }

  /** In no order that the database would like: neighbours in the list are not neighbours on disk. */
  private memberships(which: string): Promise<Membership[]> {
    return rows(
      this.client,
      `SELECT person_n AS person, group_id AS group FROM bench.members WHERE ${which}
        ORDER BY md5(group_n || ' ' || k) LIMIT ${MOST_ASKS}`,
    );
  }
}

/** As requests write it. */
const instant = (at: string): string => `to_char((${at}) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

export async function rows<Row extends object>(client: Client, sql: string): Promise<Row[]> {
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
