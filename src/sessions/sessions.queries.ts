import { Injectable } from '@nestjs/common';
import { Database, statement } from '../database/database.js';
import { beforeCursor, newestFirst, page } from '../database/pagination.sql.js';
import type { Json } from '../common/json.js';
import type { Page, PageQuery } from '../common/pagination.js';
import type { Session, SessionDetail, SessionStatus } from './sessions.dto.js';

type ListParameters = [
  caller: string,
  limit: number,
  createdAt: string | undefined,
  id: string | undefined,
  status: SessionStatus | undefined,
];

const shape = 'session_json(r, to_ms(now()))';
const withStatus = '($5::session_status IS NULL OR session_status_at(s, now()) = $5)';

const mine = (name: string, among: string) =>
  statement<ListParameters, Page<Session>>(
    name,
    page(
      shape,
      `SELECT s.* FROM session_participants p JOIN sessions s ON s.id = p.session_id
        WHERE p.user_id = $1 AND p.left_at IS NULL AND ${among} AND ${withStatus}
          AND ${beforeCursor('p.session_created_at', 'p.session_id')}
        ${newestFirst('p.session_created_at', 'p.session_id')}`,
    ),
  );

const ofGroup = (name: string, among: string) =>
  statement<[...ListParameters, group: string], Page<Session>>(
    name,
    page(
      shape,
      `SELECT s.* FROM sessions s
        WHERE s.group_id = $6 AND ${among} AND ${withStatus}
          AND ${beforeCursor('s.created_at', 's.id')}
        ${newestFirst('s.created_at', 's.id')}`,
    ) + ' HAVING EXISTS (SELECT FROM group_members m WHERE m.group_id = $6 AND m.user_id = $1)',
  );

/** Each list twice: what is open is found by an index of its own, among any number of ended sessions. */
const lists = {
  mine: mine('session_list_mine', 'true'),
  mineOpen: mine('session_list_mine_open', 'NOT p.session_ended'),
  ofGroup: ofGroup('session_list_group', 'true'),
  ofGroupOpen: ofGroup('session_list_group_open', "s.status <> 'ended'"),
};

const detail = statement<[viewer: string, id: string], { body: Json<SessionDetail> }>(
  'session_detail',
  'SELECT session_detail(s.id, to_ms(now())) AS body FROM sessions s WHERE s.id = $2 AND session_visible_to(s, $1)',
);

export interface StoredSession {
  id: string;
  body: Json<SessionDetail>;
}

export const create = statement<[caller: string, group: string | null, scheduledStart: string | null], StoredSession>(
  'session_create',
  `SELECT made.id, session_detail(made.id, to_ms(now())) AS body
     FROM create_session($1, $2, $3, to_ms(now())) AS made (id)`,
);

const verb = (name: string) =>
  statement<[caller: string, id: string, at: string | null], { body: Json<SessionDetail> }>(
    `session_${name}`,
    `SELECT session_detail(changed.id, to_ms(now())) AS body
       FROM ${name}_session($1, $2, $3, to_ms(now())) AS changed (id)`,
  );

export const verbs = { start: verb('start'), pause: verb('pause'), resume: verb('resume'), stop: verb('stop') };

export type SessionVerb = keyof typeof verbs;

@Injectable()
export class SessionsQueries {
  constructor(private readonly database: Database) {}

  /** The sessions that the caller takes part in. */
  listMine(caller: string, query: PageQuery, status: SessionStatus | undefined): Promise<Page<Session>> {
    const statement = isOpen(status) ? lists.mineOpen : lists.mine;
    return this.database.one(statement, caller, query.limit, query.cursor_created_at, query.cursor_id, status);
  }

  /** A group's sessions as one of its members sees them, or nothing for anybody else. */
  listOfGroup(
    caller: string,
    group: string,
    query: PageQuery,
    status: SessionStatus | undefined,
  ): Promise<Page<Session> | undefined> {
    const statement = isOpen(status) ? lists.ofGroupOpen : lists.ofGroup;
    return this.database.first(statement, caller, query.limit, query.cursor_created_at, query.cursor_id, status, group);
  }

  /** The session as a participant or a member of its group sees it, or nothing for anybody else. */
  async detail(viewer: string, id: string): Promise<Json<SessionDetail> | undefined> {
    return (await this.database.first(detail, viewer, id))?.body;
  }

  create(caller: string, group: string | null, scheduledStart: string | null): Promise<StoredSession> {
    return this.database.one(create, caller, group, scheduledStart);
  }

  async run(verb: SessionVerb, caller: string, id: string, at: string | null): Promise<Json<SessionDetail>> {
    return (await this.database.one(verbs[verb], caller, id, at)).body;
  }
}

function isOpen(status: SessionStatus | undefined): boolean {
  return status !== undefined && status !== 'ended';
}
