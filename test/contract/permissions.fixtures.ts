import type { Api, Person } from '../support/api.js';
import { people } from '../support/factories.js';

/** The people of the matrix, and two more: Other owns a group that is foreign to all of them, Outsider is invited to it. */
export type Users = Record<
  | 'stranger'
  | 'invitee'
  | 'former'
  | 'member'
  | 'participant'
  | 'admin'
  | 'owner'
  | 'host'
  | 'maintenance'
  | 'other'
  | 'outsider',
  Person
>;

/**
 * The rows that requests act on, recreated after every change: a group of all these people with a running session of the
 * host, and a group, a session, a log and a notification of another person.
 */
export interface Fixtures {
  group: string;
  session: string;
  /** A scheduled session of the same host. */
  scheduled: string;
  /** The participant's manual log. */
  log: string;
  invite: string;
  foreign: { group: string; session: string; log: string; invite: string };
}

export async function createUsers(api: Api): Promise<Users> {
  const [stranger, invitee, former, member, participant, admin, owner, host, other, outsider] = await people(
    api,
    'Stranger',
    'Invitee',
    'Former',
    'Member',
    'Participant',
    'Admin',
    'Owner',
    'Host',
    'Other',
    'Outsider',
  );
  const maintenance = await api.person('Maintenance', { groups: ['admin'] });
  await api.database.query(MAKE_WORLD);
  return { stranger, invitee, former, member, participant, admin, owner, host, maintenance, other, outsider };
}

/** Creates all rows in one query, with the SQL functions of the API. */
const MAKE_WORLD = `
CREATE OR REPLACE FUNCTION make_world(cast_ids jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  at timestamptz := to_ms(now());
  here uuid;
  there uuid;
  person text;
BEGIN
  DELETE FROM rate_limit_uses;
  DELETE FROM sessions;
  DELETE FROM groups;
  here := make_group((cast_ids ->> 'owner')::uuid, at);
  FOREACH person IN ARRAY ARRAY['former', 'member', 'participant', 'host'] LOOP
    PERFORM add_member((cast_ids ->> 'owner')::uuid, here, (cast_ids ->> person)::uuid, 'member', at);
  END LOOP;
  PERFORM add_member((cast_ids ->> 'owner')::uuid, here, (cast_ids ->> 'admin')::uuid, 'admin', at);
  PERFORM remove_member((cast_ids ->> 'former')::uuid, here, (cast_ids ->> 'former')::uuid, at);
  there := make_group((cast_ids ->> 'other')::uuid, at);
  RETURN make_time((cast_ids ->> 'host')::uuid, here, (cast_ids ->> 'participant')::uuid, at)
    || jsonb_build_object(
         'group', here,
         'scheduled', create_session((cast_ids ->> 'host')::uuid, here, NULL, at),
         'invite', (invite((cast_ids ->> 'owner')::uuid, here, (cast_ids ->> 'invitee')::uuid, at)).id,
         'foreign', make_time((cast_ids ->> 'other')::uuid, there, (cast_ids ->> 'other')::uuid, at)
           || jsonb_build_object(
                'group', there,
                'invite', (invite((cast_ids ->> 'other')::uuid, there, (cast_ids ->> 'outsider')::uuid, at)).id));
END $$;

CREATE OR REPLACE FUNCTION make_group(owner uuid, at timestamptz) RETURNS uuid LANGUAGE sql VOLATILE AS $$
  SELECT create_group(owner, 'Fixtures', '', at - interval '10 days', at + interval '10 days', 'UTC', 'daily', 60, at);
$$;

-- A session that has been running for two hours, and a log by hand in it.
CREATE OR REPLACE FUNCTION make_time(host uuid, of_group uuid, author uuid, at timestamptz) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
  session uuid := create_session(host, of_group, NULL, at);
BEGIN
  PERFORM start_session(host, session, at - interval '2 hours', at);
  RETURN jsonb_build_object('session', session, 'log',
    add_log(author, session, at - interval '1 hour', at - interval '30 minutes', at)::jsonb -> 'id');
END $$;`;

export async function createFixtures(api: Api, users: Users): Promise<Fixtures> {
  const ids = Object.fromEntries(Object.entries(users).map(([role, { id }]) => [role, id]));
  const { rows } = await api.database.query<{ fixtures: Fixtures }>('SELECT make_world($1) AS fixtures', [ids]);
  return rows[0]!.fixtures;
}
