import type { Api, Person } from '../support/api.js';
import { people } from '../support/factories.js';

/** Everybody of the matrix, and two more: Other owns what is foreign to all of them, Outsider is invited there. */
export type Cast = Record<
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
 * What the cast acts on, made afresh whenever somebody has changed it: a group of all these people with a running session
 * of the host, and beside it a group, a session, a log and a notification of somebody else.
 */
export interface World {
  group: string;
  session: string;
  /** A session of the group that nobody has started, hosted by the host as well. */
  scheduled: string;
  /** By hand, of the participant. */
  log: string;
  invite: string;
  foreign: { group: string; session: string; log: string; invite: string };
}

export async function castOf(api: Api): Promise<Cast> {
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
  return { stranger, invitee, former, member, participant, admin, owner, host, maintenance, other, outsider };
}

/** Every statement sees what the one before it has written, so each is a step of its own. */
export async function worldOf(api: Api, cast: Cast): Promise<World> {
  const client = await api.database.connect();
  const one = async (expression: string, ...values: unknown[]): Promise<string> =>
    (await client.query(`SELECT ${expression} AS value`, values)).rows[0].value;
  const now = 'to_ms(now())';

  const aGroup = (owner: string) =>
    one(
      `create_group($1, 'World', '', ${now} - interval '10 days', ${now} + interval '10 days', 'UTC', 'daily', 60, ${now})`,
      owner,
    );
  const aRunningSession = async (host: string, group: string) => {
    const session = await one(`create_session($1, $2, NULL, ${now})`, host, group);
    await one(`start_session($1, $2, ${now} - interval '2 hours', ${now})`, host, session);
    return session;
  };
  const aLog = (person: string, session: string) =>
    one(
      `add_log($1, $2, ${now} - interval '1 hour', ${now} - interval '30 minutes', ${now})::json ->> 'id'`,
      person,
      session,
    );
  const anInvite = (by: string, group: string, recipient: string) =>
    one(`(invite($1, $2, $3, ${now})).id`, by, group, recipient);

  try {
    await client.query('DELETE FROM limited_actions; DELETE FROM sessions; DELETE FROM groups');
    const group = await aGroup(cast.owner.id);
    for (const { id } of [cast.former, cast.member, cast.participant, cast.host]) {
      await one(`add_member($1, $2, $3, 'member', ${now})`, cast.owner.id, group, id);
    }
    await one(`add_member($1, $2, $3, 'admin', ${now})`, cast.owner.id, group, cast.admin.id);
    await one(`remove_member($1, $2, $1, ${now})`, cast.former.id, group);
    const session = await aRunningSession(cast.host.id, group);
    const scheduled = await one(`create_session($1, $2, NULL, ${now})`, cast.host.id, group);
    const log = await aLog(cast.participant.id, session);
    const invite = await anInvite(cast.owner.id, group, cast.invitee.id);

    const theirs = await aGroup(cast.other.id);
    const theirSession = await aRunningSession(cast.other.id, theirs);
    const foreign = {
      group: theirs,
      session: theirSession,
      log: await aLog(cast.other.id, theirSession),
      invite: await anInvite(cast.other.id, theirs, cast.outsider.id),
    };
    return { group, session, scheduled, log, invite, foreign };
  } finally {
    client.release();
  }
}
