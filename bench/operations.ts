import type { Client } from 'pg';
import { removeScheduledSessions, resetRunningSessions } from './seed.js';
import type { Request } from './load.js';

/** Returns the Authorization header of the user with this number. */
export type Authorize = (person: number) => string;

export interface Operation {
  readonly name: string;
  /** Distributed over the connections. */
  readonly requests: readonly Request[];
  /** The number of consecutive requests that must be sent in order on one connection; default 1. */
  readonly inSequence?: number;
  /** How often each request can be sent in one round before the API rejects it. */
  readonly maxRepeats?: number;
  /** SQL that undoes a round, and the tables to vacuum afterwards. */
  readonly undo?: { readonly sql: string; readonly tables: string };
}

/** Requests are from different users, so that different rows are read. */
const MAX_REQUESTS = 2_000;

export const get = (path: string, authorization: string): Request => ({ method: 'GET', path, authorization });
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

/** The operations on a database seeded by seed(). */
export class Operations {
  constructor(
    private readonly client: Client,
    private readonly authorize: Authorize,
  ) {}

  /** The operations of the comparison with the lean server. */
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
    ].filter(({ requests }) => requests.length > 0);
  }

  /** `who` is a table in the schema bench with a column `person_n`. */
  async ofPeople(path: string, who = '(SELECT n AS person_n FROM bench.people)'): Promise<Operation> {
    const people = await rows<{ n: number }>(
      this.client,
      `SELECT person_n AS n FROM ${who} who ORDER BY person_n LIMIT ${MAX_REQUESTS}`,
    );
    return { name: path, requests: people.map(({ n }) => get(path, this.authorize(n))) };
  }

  async inGroups(which: string, path: string): Promise<Operation> {
    const requests = (await this.memberships(which)).map(({ person, group }) =>
      get(`/api/groups/${group}${path}`, this.authorize(person)),
    );
    return { name: path, requests };
  }

  async progress(which: string): Promise<Operation> {
    return { ...(await this.inGroups(which, '/progress/current')), name: 'progress of 20' };
  }

  /** Pages that start in the middle of the inbox. */
  async inboxByCursor(who = '(SELECT n AS person_n, id FROM bench.people)'): Promise<Operation> {
    const cursors = await rows<{ n: number; at: string; id: string }>(
      this.client,
      `SELECT p.person_n AS n, ${instant('n.created_at')} AS at, n.id FROM ${who} p
        CROSS JOIN LATERAL (SELECT i.id, i.created_at FROM notifications i WHERE i.recipient_id = p.id
                             ORDER BY i.created_at DESC, i.id DESC
                            OFFSET (SELECT count(*) / 2 FROM notifications c WHERE c.recipient_id = p.id) LIMIT 1) n
        ORDER BY p.person_n LIMIT ${MAX_REQUESTS}`,
    );
    const path = ({ at, id }: { at: string; id: string }): string =>
      `/api/notifications?cursor_created_at=${at}&cursor_id=${id}&limit=20`;
    return { name: 'inbox, by cursor', requests: cursors.map((cursor) => get(path(cursor), this.authorize(cursor.n))) };
  }

  async newSessions(): Promise<Operation> {
    const members = await this.memberships('size <= 20');
    const onePerPerson = [...new Map(members.map((member) => [member.person, member])).values()];
    return {
      name: 'new session',
      requests: onePerPerson.map(({ person, group }) => this.post('/api/sessions', person, { group_id: group })),
      maxRepeats: 20,
      undo: { sql: removeScheduledSessions, tables: 'sessions, session_participants' },
    };
  }

  /** Pauses and resumes running sessions; `which` is a condition on bench.hosts. */
  async verbs(which = 'true'): Promise<Operation> {
    const hosts = await this.hosts(which);
    const requests = hosts.flatMap(({ session, person }) =>
      ['pause', 'resume'].map((verb) => this.post(`/api/sessions/${session}:${verb}`, person, {})),
    );
    return { name: 'pause and resume', requests, inSequence: 2, undo: undoVerbs };
  }

  async logs(which = 'true'): Promise<Operation> {
    const requests = (await this.hosts(which)).map(({ session, person, began, ended }) =>
      this.post(`/api/sessions/${session}/logs`, person, { started_at: began, ended_at: ended }),
    );
    return { name: 'log by hand', requests, undo: undoVerbs };
  }

  async sessions(which = 'true'): Promise<Operation> {
    const requests = (await this.hosts(which)).map(({ session, person }) =>
      get(`/api/sessions/${session}`, this.authorize(person)),
    );
    return { name: 'session', requests };
  }

  private post(path: string, person: number, body: object): Request {
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

  /** In pseudo-random order, so that consecutive requests read different pages. */
  private memberships(which: string): Promise<Membership[]> {
    return rows(
      this.client,
      `SELECT person_n AS person, group_id AS group FROM bench.members WHERE ${which}
        ORDER BY md5(group_n || ' ' || k) LIMIT ${MAX_REQUESTS}`,
    );
  }
}

/** Formats a timestamp as in requests. */
const instant = (at: string): string => `to_char((${at}) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

export async function rows<Row extends object>(client: Client, sql: string): Promise<Row[]> {
  return (await client.query<Row>(sql)).rows;
}

/** Distributes sequences over the connections. A connection sends the first request of all its sequences, then the second. */
export function distribute({ requests, inSequence = 1 }: Operation, connections: number): Request[][] {
  const sequenceCount = requests.length / inSequence;
  const used = Math.min(connections, sequenceCount);
  return Array.from({ length: used }, (_, connection) => {
    const assigned = Array.from(
      { length: Math.ceil((sequenceCount - connection) / used) },
      (_, i) => connection + i * used,
    );
    return Array.from({ length: inSequence }, (_, step) =>
      assigned.map((sequence) => requests[sequence * inSequence + step]),
    ).flat() as Request[];
  });
}
