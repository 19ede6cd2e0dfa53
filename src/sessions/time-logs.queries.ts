import { Injectable } from '@nestjs/common';
import { Database, statement } from '../database/database.js';
import type { Json } from '../common/json.js';
import type { Participant, TimeLog } from './sessions.dto.js';

export interface JoinedParticipant {
  /** False where the person was in already. */
  created: boolean;
  body: Json<Participant>;
}

export interface StoredLog {
  id: string;
  body: Json<TimeLog>;
}

const participants = statement<[viewer: string, session: string], { body: Json<Participant[]> }>(
  'participant_list',
  `SELECT participant_list(s.id, to_ms(now()))::text AS body
     FROM sessions s WHERE s.id = $2 AND session_visible_to(s, $1)`,
);

const join = statement<[caller: string, session: string], JoinedParticipant>(
  'session_join',
  'SELECT created, body FROM join_session($1, $2, to_ms(now()))',
);

const leave = statement<[caller: string, session: string, person: string], never>(
  'session_leave',
  'SELECT leave_session($1, $2, $3, to_ms(now()))',
);

const logs = statement<[viewer: string, session: string], { body: Json<TimeLog[]> }>(
  'log_list',
  `SELECT (SELECT coalesce(json_agg(log_json(l, s, to_ms(now())) ORDER BY l.started_at, l.id), '[]')
             FROM session_participants p JOIN time_logs l ON l.participant_id = p.id
            WHERE p.session_id = s.id)::text AS body
     FROM sessions s WHERE s.id = $2 AND session_visible_to(s, $1)`,
);

export const addLog = statement<[caller: string, session: string, startedAt: string, endedAt: string], StoredLog>(
  'log_add',
  `SELECT body::json ->> 'id' AS id, body FROM add_log($1, $2, $3, $4, to_ms(now())) AS made (body)`,
);

const removeLog = statement<[caller: string, session: string, log: string], never>(
  'log_remove',
  'SELECT delete_log($1, $2, $3, to_ms(now()))',
);

/** Who takes part in a session, and the time that they log there. Lists answer nothing for who may not see them. */
@Injectable()
export class TimeLogsQueries {
  constructor(private readonly database: Database) {}

  async participants(viewer: string, session: string): Promise<Json<Participant[]> | undefined> {
    return (await this.database.first(participants, viewer, session))?.body;
  }

  join(caller: string, session: string): Promise<JoinedParticipant> {
    return this.database.one(join, caller, session);
  }

  async leave(caller: string, session: string, person: string): Promise<void> {
    await this.database.first(leave, caller, session, person);
  }

  async logs(viewer: string, session: string): Promise<Json<TimeLog[]> | undefined> {
    return (await this.database.first(logs, viewer, session))?.body;
  }

  addLog(caller: string, session: string, startedAt: string, endedAt: string): Promise<StoredLog> {
    return this.database.one(addLog, caller, session, startedAt, endedAt);
  }

  async removeLog(caller: string, session: string, log: string): Promise<void> {
    await this.database.first(removeLog, caller, session, log);
  }
}
