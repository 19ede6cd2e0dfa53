import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Result } from '@lockin/sdk';
import { type Person, useApi } from '../support/api.js';
import { createGroupOfTwo, agoSeconds, createInvite, createSession } from '../support/factories.js';
import { done, on, refused, type Schema } from '../support/sdk.js';
import { startSecond, type Second } from '../support/second.js';

const api = useApi();
let other: Second;
let ana: Person;
let ben: Person;
let group: Schema<'GroupDetail'>;

beforeAll(async () => {
  other = await startSecond(api);
});
beforeEach(async () => {
  ({ ana, ben, group } = await createGroupOfTwo(api));
});

const see = (person: Person) => done(person.api.GET('/api/groups/{id}', on(group)));
const goes = (person: Person) => person.api.DELETE('/api/me');

describe('A deletion that runs concurrently with', () => {
  /** Sends both at once to two processes, and returns the statuses, which must not be 5xx. */
  async function both(one: Promise<Result<unknown>>, two: Promise<Result<unknown>>): Promise<number[]> {
    const statuses = (await Promise.all([one, two])).map(({ response }) => response.status);
    for (const status of statuses) expect(status).toBeLessThan(500);
    return statuses;
  }
  const sound = async () => {
    const { rows } = await api.database.query(
      `SELECT g.id FROM groups g WHERE NOT EXISTS (
         SELECT FROM group_members m WHERE m.group_id = g.id AND m.user_id = g.owner_id AND m.role = 'owner')
       UNION ALL SELECT s.id FROM sessions s WHERE s.status = 'running' AND s.creator_id IS NULL
       UNION ALL SELECT l.id FROM time_logs l JOIN session_participants p ON p.id = l.participant_id
                   JOIN sessions s ON s.id = p.session_id WHERE l.ended_at IS NULL AND s.status <> 'running'`,
    );
    expect(rows).toEqual([]);
  };
  const ROUNDS = [1, 2, 3, 4];

  it.each(ROUNDS)('a second one succeeds once (%s)', async () => {
    const statuses = await both(goes(ana), goes(other.as(ana)));
    expect(statuses.sort()).toEqual([204, 401]);
    await sound();
  });

  it.each(ROUNDS)('the acceptance of an invite leaves no trace (%s)', async () => {
    const cleo = await api.person('Cleo');
    const { id } = await createInvite(ana, group, cleo);
    await both(other.as(cleo).api.POST('/api/invites/{id}:accept', on({ id })), goes(cleo));
    expect((await see(ana)).members).toHaveLength(2);
    await refused(cleo.api.GET('/api/me'), 'account_deleted');
    await sound();
  });

  it.each(ROUNDS)('a transfer to or by the deleted person leaves one owner (%s)', async (round) => {
    const gone = round % 2 ? ana : ben;
    const stays = round % 2 ? ben : ana;
    await both(other.as(ana).api.POST('/api/groups/{id}:transfer', on(group, { user_id: ben.id })), goes(gone));
    expect(await see(stays)).toMatchObject({
      owner_id: stays.id,
      members: [{ user_id: stays.id, role: 'owner' }],
    });
    await sound();
  });

  it.each(ROUNDS)('a start and a new session leaves no session running (%s)', async () => {
    const session = await createSession(ana, group);
    await Promise.all([
      both(other.as(ana).api.POST('/api/sessions/{id}:start', on(session)), goes(ana)),
      other.as(ana).api.POST('/api/sessions', { body: { group_id: group.id } }),
      other.as(ana).api.POST('/api/groups', {
        body: {
          name: 'G',
          end_at: agoSeconds(-999),
          timezone: 'UTC',
          period: 'daily',
          period_target_minutes: 1,
        },
      }),
    ]);
    expect(await done(ben.api.GET('/api/sessions/{id}', on(session)))).toMatchObject({ status: 'ended' });
    await sound();
  });

  it.each(ROUNDS)('the deletion of all other members leaves no group (%s)', async () => {
    expect(await both(goes(ana), goes(other.as(ben)))).toEqual([204, 204]);
    const { rowCount } = await api.database.query('SELECT FROM groups WHERE id = $1', [group.id]);
    expect(rowCount).toBe(0);
  });
});
