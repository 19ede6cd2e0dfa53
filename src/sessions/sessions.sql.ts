import type { Json } from '../common/json.js';
import type { Page } from '../common/pagination.js';
import { statement } from '../database/database.js';
import { beforeCursor, newestFirst, page } from '../database/pagination.sql.js';
import type { Participant, Session, SessionDetail, SessionStatus, TimeLog } from './sessions.dto.js';

type ListParameters = [
  user: string,
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

/** Each list twice: open sessions have an index of their own, however many sessions have ended. */
export const sessionLists = {
  mine: mine('session_list_mine', 'true'),
  mineOpen: mine('session_list_mine_open', 'NOT p.session_ended'),
  ofGroup: ofGroup('session_list_group', 'true'),
  ofGroupOpen: ofGroup('session_list_group_open', "s.status <> 'ended'"),
};

export const sessionDetail = statement<[user: string, id: string], { body: Json<SessionDetail> }>(
  'session_detail',
  'SELECT session_detail(s.id, to_ms(now())) AS body FROM sessions s WHERE s.id = $2 AND session_visible_to(s, $1)',
);

export interface StoredSession {
  id: string;
  body: Json<SessionDetail>;
}

export const createSession = statement<
  [user: string, group: string | null, scheduledStart: string | null],
  StoredSession
>(
  'session_create',
  `SELECT made.id, session_detail(made.id, to_ms(now())) AS body
     FROM create_session($1, $2, $3, to_ms(now())) AS made (id)`,
);

export const recordSession = statement<
  [user: string, group: string | null, starts: readonly string[], ends: readonly string[]],
  StoredSession
>(
  'session_record',
  `SELECT made.id, session_detail(made.id, to_ms(now())) AS body
     FROM record_session($1, $2, $3, $4, to_ms(now())) AS made (id)`,
);

const verb = (name: string) =>
  statement<[user: string, id: string, at: string | null], { body: Json<SessionDetail> }>(
    `session_${name}`,
    `SELECT session_detail(changed.id, to_ms(now())) AS body
       FROM ${name}_session($1, $2, $3, to_ms(now())) AS changed (id)`,
  );

export const verbs = { start: verb('start'), pause: verb('pause'), resume: verb('resume'), stop: verb('stop') };

export type Verb = keyof typeof verbs;

export interface JoinedParticipant {
  /** False if the user takes part already. */
  created: boolean;
  body: Json<Participant>;
}

export interface StoredLog {
  id: string;
  body: Json<TimeLog>;
}

export const participantList = statement<[user: string, session: string], { body: Json<Participant[]> }>(
  'participant_list',
  `SELECT participant_list(s.id, to_ms(now()))::text AS body
     FROM sessions s WHERE s.id = $2 AND session_visible_to(s, $1)`,
);

export const joinSession = statement<[user: string, session: string], JoinedParticipant>(
  'session_join',
  'SELECT created, body FROM join_session($1, $2, to_ms(now()))',
);

export const leaveSession = statement<[user: string, session: string, member: string], never>(
  'session_leave',
  'SELECT leave_session($1, $2, $3, to_ms(now()))',
);

export const logList = statement<[user: string, session: string], { body: Json<TimeLog[]> }>(
  'log_list',
  `SELECT (SELECT coalesce(json_agg(log_json(l, s, to_ms(now())) ORDER BY l.started_at, l.id), '[]')
             FROM session_participants p JOIN time_logs l ON l.participant_id = p.id
            WHERE p.session_id = s.id)::text AS body
     FROM sessions s WHERE s.id = $2 AND session_visible_to(s, $1)`,
);

export const addLog = statement<[user: string, session: string, startedAt: string, endedAt: string], StoredLog>(
  'log_add',
  `SELECT body::json ->> 'id' AS id, body FROM add_log($1, $2, $3, $4, to_ms(now())) AS made (body)`,
);

export const removeLog = statement<[user: string, session: string, log: string], never>(
  'log_remove',
  'SELECT delete_log($1, $2, $3, to_ms(now()))',
);
