import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { FORMER, type ProgressCase } from './progress-generators.js';

/** The ids of a case's rows. */
export interface ProgressCaseIds {
  group: string;
  people: string[];
}

/**
 * Inserts a case without the triggers that would reject rows in the past, in a transaction that the caller rolls back.
 * The last UPDATE lets the database's trigger compute when sessions end by themselves.
 */
export async function insertProgressCase(client: pg.Client, progressCase: ProgressCase): Promise<ProgressCaseIds> {
  const ids = { group: randomUUID(), people: Array.from({ length: FORMER + 1 }, () => randomUUID()) };
  const other = randomUUID();
  const { group } = progressCase;
  await client.query(`SET LOCAL session_replication_role = 'replica'`);
  await client.query('INSERT INTO profiles (id) SELECT unnest($1::uuid[])', [ids.people]);
  await client.query(
    `INSERT INTO groups (id, owner_id, name, start_at, end_at, timezone, period, period_target_minutes, status, archived_at)
     SELECT id, $3, 'Deep work', $4, $5, $6, $7, $8,
            CASE WHEN $9::timestamptz IS NULL THEN 'active' ELSE 'archived' END::group_status, $9
       FROM unnest(ARRAY[$1, $2]::uuid[]) id`,
    [
      ids.group,
      other,
      ids.people[0],
      iso(group.start),
      iso(group.endAt),
      group.zone,
      group.period,
      group.target,
      group.archivedAt === null ? null : iso(group.archivedAt),
    ],
  );
  await client.query(
    `INSERT INTO group_members (group_id, group_period, user_id, role, override_period_target_minutes)
     SELECT $1, $3, user_id, role, override FROM json_to_recordset($2) AS m (user_id uuid, role member_role, override int)`,
    [
      ids.group,
      JSON.stringify(
        progressCase.members.map(({ person, override }) => ({
          user_id: ids.people[person],
          role: person === 0 ? 'owner' : 'member',
          override,
        })),
      ),
      group.period,
    ],
  );
  await insertSessions(client, progressCase, ids, other);
  return ids;
}

async function insertSessions(
  client: pg.Client,
  progressCase: ProgressCase,
  ids: ProgressCaseIds,
  other: string,
): Promise<void> {
  const groupOf = { group: ids.group, 'other group': other, solo: null };
  const sessions = progressCase.sessions.map(({ place, runningSince }) => ({
    id: randomUUID(),
    group_id: groupOf[place],
    // An open session needs a creator, who plays no other role here.
    creator_id: runningSince === null ? null : randomUUID(),
    status: runningSince === null ? 'ended' : 'running',
    started_at: iso(progressCase.at - 30 * 86_400_000),
    running_since: runningSince === null ? null : iso(runningSince),
    ended_at: runningSince === null ? iso(progressCase.at + 30 * 86_400_000) : null,
    stopped_by_host: false,
    reminded: false,
    created_at: iso(progressCase.at - 30 * 86_400_000),
    milestones_pending: false,
  }));
  const creators = sessions.flatMap(({ creator_id }) => creator_id ?? []);
  await client.query('INSERT INTO profiles (id) SELECT unnest($1::uuid[])', [creators]);
  await client.query('INSERT INTO sessions SELECT * FROM json_populate_recordset(NULL::sessions, $1)', [
    JSON.stringify(sessions),
  ]);
  const participants = new Map<string, { id: string; session_id: string; user_id: string }>();
  const logs = progressCase.logs.map((log) => {
    const session = sessions[log.session]!;
    const user_id = ids.people[log.person]!;
    const key = `${log.session} ${log.person}`;
    const participant = participants.get(key) ?? { id: randomUUID(), session_id: session.id, user_id };
    participants.set(key, participant);
    const end = log.end === null ? null : iso(log.end);
    return {
      participant_id: participant.id,
      group_id: session.group_id,
      user_id,
      started_at: iso(log.start),
      ended_at: end,
    };
  });
  await client.query(
    `INSERT INTO session_participants (id, session_id, user_id, session_created_at, session_ended)
     SELECT id, session_id, user_id, now(), false FROM json_populate_recordset(NULL::session_participants, $1)`,
    [JSON.stringify([...participants.values()])],
  );
  await client.query(
    `INSERT INTO time_logs (participant_id, group_id, user_id, started_at, ended_at)
     SELECT participant_id, group_id, user_id, started_at, ended_at FROM json_populate_recordset(NULL::time_logs, $1)`,
    [JSON.stringify(logs)],
  );
  await client.query(`SET LOCAL session_replication_role = 'origin'`);
  await client.query('UPDATE sessions SET created_at = created_at WHERE id = ANY ($1)', [sessions.map(({ id }) => id)]);
}

function iso(instant: number): string {
  return new Date(instant).toISOString();
}
