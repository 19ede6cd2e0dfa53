import type { Client } from 'pg';

/** Groups of one size. User n is a member of group n % groups; the first member is the owner. */
export interface GroupSet {
  readonly name: string;
  readonly groups: number;
  readonly members: number;
}

/** A member of a group; `subject` is the `sub` claim. */
export interface Membership {
  readonly subject: string;
  readonly group: string;
  readonly isOwner: boolean;
}

/** Seeds the groups, with 20 logs of the last ten days per member. */
export async function seed(client: Client, groupSets: readonly GroupSet[]): Promise<void> {
  await client.query(`
    CREATE SCHEMA bench;
    CREATE TABLE bench.people (crowd text, n int, g int, id uuid DEFAULT gen_random_uuid(),
                               session uuid DEFAULT gen_random_uuid(), participant uuid DEFAULT gen_random_uuid());
    CREATE TABLE bench.groups (crowd text, g int, id uuid DEFAULT gen_random_uuid())`);
  for (const { name, groups, members } of groupSets) {
    await client.query(
      `INSERT INTO bench.people (crowd, n, g) SELECT $1, n, n % $2::int FROM generate_series(0, $2::int * $3::int - 1) n`,
      [name, groups, members],
    );
    await client.query(`INSERT INTO bench.groups (crowd, g) SELECT $1, g FROM generate_series(0, $2::int - 1) g`, [
      name,
      groups,
    ]);
  }
  await client.query(`
    SET session_replication_role = replica;
    INSERT INTO profiles (id, display_name, avatar_url)
    SELECT id, 'Person ' || n, format('https://avatars.example.org/avatars/%s/%s.png', id, n) FROM bench.people;
    INSERT INTO auth_identities (provider, subject, profile_id) SELECT 'cognito', crowd || '-' || n, id FROM bench.people;
    INSERT INTO groups (id, owner_id, name, start_at, end_at, timezone, period, period_target_minutes)
    SELECT o.id, p.id, 'Group ' || p.g, to_ms(now() - interval '30 days'), to_ms(now() + interval '30 days'), 'UTC', 'weekly', 3000
      FROM bench.people p JOIN bench.groups o USING (crowd, g) WHERE p.n = p.g;
    INSERT INTO group_members (group_id, user_id, role)
    SELECT o.id, p.id, CASE WHEN p.n = p.g THEN 'owner' ELSE 'member' END::member_role
      FROM bench.people p JOIN bench.groups o USING (crowd, g);
    INSERT INTO sessions (id, group_id, creator_id, status, started_at, ended_at, stopped_by_host)
    SELECT p.session, o.id, p.id, 'ended', to_ms(now() - interval '11 days'), to_ms(now() - interval '1 hour'), true
      FROM bench.people p JOIN bench.groups o USING (crowd, g);
    INSERT INTO session_participants (id, session_id, user_id, role, session_created_at, session_ended)
    SELECT participant, session, id, 'host', to_ms(now()), true FROM bench.people;
    INSERT INTO time_logs (participant_id, group_id, user_id, started_at, ended_at)
    SELECT p.participant, o.id, p.id, at, at + interval '20 minutes'
      FROM bench.people p JOIN bench.groups o USING (crowd, g) CROSS JOIN generate_series(1, 20) i
     CROSS JOIN LATERAL (SELECT to_ms(now() - i * interval '12 hours')) t (at);
    SET session_replication_role = origin`);
  await client.query('VACUUM (ANALYZE)');
}

/** The members of a group set, owners first. */
export async function membershipsOf(client: Client, { name }: GroupSet): Promise<Membership[]> {
  const { rows } = await client.query<Membership>(
    `SELECT p.crowd || '-' || p.n AS subject, o.id AS "group", p.n = p.g AS "isOwner"
       FROM bench.people p JOIN bench.groups o USING (crowd, g) WHERE crowd = $1 ORDER BY p.n`,
    [name],
  );
  return rows;
}
