import { expect } from '@jest/globals';
import type pg from 'pg';
import type { SessionModel } from '../../oracle/model/sessions.js';

interface ObservedSession {
  status: string;
  started_at: number | null;
  ended_at: number | null;
  present: string[];
  logs: unknown[];
}

const OBSERVE_SESSIONS = `
  SELECT json_build_object(
           'status', session_status_at(s, $2),
           'started_at', extract(epoch FROM s.started_at) * 1000,
           'ended_at', extract(epoch FROM session_end_at(s, $2)) * 1000,
           'present', (SELECT coalesce(json_agg(p.user_id ORDER BY p.user_id), '[]') FROM session_participants p
                        WHERE p.session_id = s.id AND p.left_at IS NULL),
           'logs', (SELECT coalesce(json_agg(json_build_array(l.user_id, extract(epoch FROM l.started_at) * 1000,
                             extract(epoch FROM coalesce(l.ended_at, session_end_at(s, $2))) * 1000, l.manual)), '[]')
                      FROM time_logs l JOIN session_participants p ON p.id = l.participant_id
                     WHERE p.session_id = s.id)) AS observed
    FROM unnest($1::uuid[]) WITH ORDINALITY AS list (id, place) JOIN sessions s USING (id) ORDER BY place`;

/** Compares every session with the model, whether or not an automatic end has been written. */
export async function expectSameSessions(client: pg.Client, sessions: string[], model: SessionModel): Promise<void> {
  const values = [sessions, new Date(model.now)];
  const { rows } = await client.query<{ observed: ObservedSession }>({
    name: 'observe_sessions',
    text: OBSERVE_SESSIONS,
    values,
  });
  const sorted = (logs: unknown[]): string[] => logs.map((log) => JSON.stringify(log)).sort();
  expect(rows.map((row) => ({ ...row.observed, logs: sorted(row.observed.logs) }))).toEqual(
    model.sessions.map((session) => ({
      status: session.status,
      started_at: session.startedAt,
      ended_at: session.endedAt,
      present: [...session.joined.keys()].filter((person) => !session.left.has(person)).sort(),
      logs: sorted(session.logs.map(({ person, start, end, manual }) => [person, start, end, manual])),
    })),
  );
}

const INVARIANT_VIOLATIONS = `
  WITH logs AS (
    SELECT l.*, p.user_id AS participant, s.group_id AS session_group, s.status, s.started_at AS opens, s.ended_at AS closes
      FROM time_logs l JOIN session_participants p ON p.id = l.participant_id JOIN sessions s ON s.id = p.session_id)
  SELECT 'open log on a session that is ' || status AS violation FROM logs WHERE ended_at IS NULL AND status <> 'running'
  UNION ALL
  SELECT 'several open logs' FROM logs WHERE ended_at IS NULL GROUP BY participant_id HAVING count(*) > 1
  UNION ALL
  SELECT 'several running sessions' FROM sessions WHERE status = 'running' GROUP BY creator_id HAVING count(*) > 1
  UNION ALL
  SELECT 'log outside its session' FROM logs WHERE opens IS NULL OR started_at < opens OR ended_at > closes
  UNION ALL
  SELECT 'log with another user or group than its participant' FROM logs
   WHERE user_id <> participant OR group_id IS DISTINCT FROM session_group
  UNION ALL
  SELECT 'participant without an open log in a running session' FROM sessions s JOIN session_participants p ON p.session_id = s.id
   WHERE s.status = 'running' AND p.left_at IS NULL
     AND NOT EXISTS (SELECT FROM time_logs l WHERE l.participant_id = p.id AND l.ended_at IS NULL)
  UNION ALL
  SELECT 'a participant''s logged time differs from the logs' FROM session_participants p
   WHERE p.logged IS DISTINCT FROM (
     SELECT coalesce(sum(upper(span) - lower(span)), '0')
       FROM unnest((SELECT range_agg(tstzrange(l.started_at, l.ended_at)) FROM logs l
                     WHERE l.participant_id = p.id AND l.ended_at IS NOT NULL)) AS span)`;

/** Invariants of specification 5 that the rows violate; they hold at every commit. */
export async function invariantViolations(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ violation: string }>({
    name: 'invariant_violations',
    text: INVARIANT_VIOLATIONS,
  });
  return rows.map(({ violation }) => violation);
}
