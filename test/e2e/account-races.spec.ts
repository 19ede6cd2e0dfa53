import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { GroupDetail } from '../../src/groups/groups.dto.js';
import type { GroupInvite } from '../../src/inbox/inbox.dto.js';
import { type Api, type Person, startApi } from '../support/api.js';
import { aClub, agoSeconds, aSession } from '../support/factories.js';
import { startSecond, type Second } from '../support/second.js';

let api: Api;
let other: Second;
let ana: Person;
let ben: Person;
let group: GroupDetail;

beforeAll(async () => {
  api = await startApi();
  other = await startSecond(api);
});
afterAll(async () => {
  await other.stop();
  await api.stop();
});
beforeEach(async () => {
  ({ ana, ben, group } = await aClub(api));
});

const see = (person: Person, path: string) => person.get(path).expect<GroupDetail>(200);

describe('A deletion that races with', () => {
  /** Runs both at once through both processes and returns the statuses; a 5xx would be a fault. */
  async function both(one: Promise<{ status: number }>, two: Promise<{ status: number }>): Promise<number[]> {
    const statuses = (await Promise.all([one, two])).map(({ status }) => status);
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
    const statuses = await both(ana.delete('/api/me').answer, other.as(ana).delete('/api/me').answer);
    expect(statuses.sort()).toEqual([204, 401]);
    await sound();
  });

  it.each(ROUNDS)('the acceptance of an invite leaves no trace (%s)', async () => {
    const cleo = await api.person('Cleo');
    const { id } = await ana.post(`/api/groups/${group.id}:invite`, { recipient_id: cleo.id }).expect<GroupInvite>(201);
    await both(other.as(cleo).post(`/api/invites/${id}:accept`).answer, cleo.delete('/api/me').answer);
    expect((await see(ana, `/api/groups/${group.id}`)).members).toHaveLength(2);
    await cleo.get('/api/me').problem(401, 'account_deleted');
    await sound();
  });

  it.each(ROUNDS)('a transfer to who is deleted, or by who is deleted, leaves one owner (%s)', async (round) => {
    const gone = round % 2 ? ana : ben;
    const stays = round % 2 ? ben : ana;
    await both(
      other.as(ana).post(`/api/groups/${group.id}:transfer`, { user_id: ben.id }).answer,
      gone.delete('/api/me').answer,
    );
    expect(await see(stays, `/api/groups/${group.id}`)).toMatchObject({
      owner_id: stays.id,
      members: [{ user_id: stays.id, role: 'owner' }],
    });
    await sound();
  });

  it.each(ROUNDS)('a start and a new session leaves none running (%s)', async () => {
    const session = await aSession(ana, group);
    await Promise.all([
      both(other.as(ana).post(`/api/sessions/${session.id}:start`).answer, ana.delete('/api/me').answer),
      other.as(ana).post('/api/sessions', { group_id: group.id }).answer,
      other.as(ana).post('/api/groups', {
        name: 'G',
        end_at: agoSeconds(-999),
        timezone: 'UTC',
        period: 'daily',
        period_target_minutes: 1,
      }).answer,
    ]);
    expect(await ben.get(`/api/sessions/${session.id}`).expect(200)).toMatchObject({ status: 'ended' });
    await sound();
  });

  it.each(ROUNDS)('that of everybody else leaves no group behind (%s)', async () => {
    expect(await both(ana.delete('/api/me').answer, other.as(ben).delete('/api/me').answer)).toEqual([204, 204]);
    const { rowCount } = await api.database.query('SELECT FROM groups WHERE id = $1', [group.id]);
    expect(rowCount).toBe(0);
  });
});
