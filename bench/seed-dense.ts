import type { Client } from 'pg';
import { countUnread, seed, type Sizes } from './seed.js';
import type { Options } from './options.js';
import type { WithProgress } from './environment.js';

/** Three years. With the default sizes, a day has as many logs as in the usual case. */
const DAYS = 3 * 365;

/** The number of heavy users and of long sessions: one per connection with the default --connections. */
const HEAVY = 32;

export const MEMBERSHIPS = 500;
export const UNREAD = 10_000;
export const SESSION_LOGS = 5_000;

export function denseSizes(options: Options): Sizes {
  const groups = options['dense-groups'];
  return {
    people: 5 * groups,
    groups,
    'large-groups': 0,
    logs: groups * options['dense-logs'],
    days: DAYS,
    notifications: 200,
  };
}

/** Seeds groups with three years of logs, long sessions, and users with many memberships or unread notifications. */
export async function seedDense(client: Client, options: Options, withProgress: WithProgress): Promise<void> {
  await seed(client, denseSizes(options), withProgress);
  await client.query('SET session_replication_role = replica');
  const step = (what: string, sql: string): Promise<unknown> => withProgress(what, () => client.query(sql));
  await step(`inserting ${SESSION_LOGS} logs in each of ${HEAVY} sessions`, longSessions);
  await step(`inserting ${MEMBERSHIPS} memberships of ${HEAVY} people`, manyMemberships);
  await step(`inserting ${UNREAD} unread notifications of ${HEAVY} people`, `${manyUnread}; ${countUnread}`);
  await client.query('SET session_replication_role = origin');
}

/** Sessions that started three years ago and were resumed two hours ago. The host's logs are spread evenly. */
const longSessions = `
  ALTER TABLE bench.hosts ADD COLUMN long boolean NOT NULL DEFAULT false;
  UPDATE bench.hosts SET long = true
   WHERE person_n IN (SELECT person_n FROM bench.hosts ORDER BY person_n LIMIT (SELECT least(${HEAVY}, count(*) / 2) FROM bench.hosts));
  UPDATE sessions s SET started_at = h.at - interval '${DAYS} days' FROM bench.hosts h WHERE s.id = h.session_id AND h.long;
  INSERT INTO time_logs (participant_id, group_id, user_id, started_at, ended_at, created_at)
  SELECT p.id, h.group_id, h.user_id, l.at, l.at + interval '10 minutes', l.at
    FROM bench.hosts h JOIN session_participants p ON p.session_id = h.session_id AND p.user_id = h.user_id
   CROSS JOIN generate_series(1, ${SESSION_LOGS}) i
   CROSS JOIN LATERAL (SELECT h.at - i * interval '${DAYS} days' / ${SESSION_LOGS + 1}) l (at)
   WHERE h.long;
  UPDATE session_participants p SET logged = ${SESSION_LOGS} * interval '10 minutes'
    FROM bench.hosts h WHERE h.long AND p.session_id = h.session_id AND p.user_id = h.user_id`;

/** Groups without sessions, whose only members are the heavy users. */
const manyMemberships = `
  CREATE TABLE bench.joiners AS SELECT n AS person_n, id FROM bench.people ORDER BY n DESC LIMIT ${HEAVY};
  CREATE TABLE bench.joined AS SELECT i, gen_random_uuid() AS id FROM generate_series(1, ${MEMBERSHIPS}) i;
  INSERT INTO groups (id, owner_id, name, start_at, end_at, timezone, period, period_target_minutes, created_at)
  SELECT j.id, p.id, 'Joined ' || j.i, bench.ms(now() - interval '30 days'), bench.ms(now() + interval '90 days'), 'UTC', 'daily', 60,
         bench.ms(now() - j.i * interval '1 minute')
    FROM bench.joined j CROSS JOIN (SELECT id FROM bench.joiners ORDER BY person_n LIMIT 1) p;
  INSERT INTO group_members (group_id, user_id, role, group_created_at)
  SELECT g.id, p.id, CASE WHEN p.id = g.owner_id THEN 'owner' ELSE 'member' END::member_role, g.created_at
    FROM bench.joined j JOIN groups g ON g.id = j.id CROSS JOIN bench.joiners p;
  INSERT INTO target_changes (group_id, target_minutes, changed_at) SELECT g.id, 60, g.start_at FROM groups g JOIN bench.joined USING (id)`;

/** Notifications of the last hour, newer than all others of their recipients. */
const manyUnread = `
  CREATE TABLE bench.unreading AS SELECT n AS person_n, id FROM bench.people ORDER BY n LIMIT ${HEAVY};
  INSERT INTO notifications (recipient_id, kind, title, body, data, group_id, created_at)
  SELECT p.id, 'generic', 'You are in ' || g.name, 'Person ' || i || ' has added you to ' || g.name || '.',
         jsonb_build_object('event', 'member_added', 'actor_id', g.owner_id, 'actor_name', 'Person ' || i, 'group_name', g.name),
         g.id, bench.ms(now() - i * interval '0.3 seconds')
    FROM bench.unreading p
    JOIN LATERAL (SELECT m.group_id FROM bench.members m WHERE m.person_n = p.person_n ORDER BY m.group_n LIMIT 1) first ON true
    JOIN groups g ON g.id = first.group_id
   CROSS JOIN generate_series(1, ${UNREAD}) i`;
