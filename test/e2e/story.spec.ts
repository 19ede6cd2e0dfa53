import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { GroupDetail } from '../../src/groups/groups.dto.js';
import type { Notification } from '../../src/inbox/inbox.dto.js';
import type { Me } from '../../src/profiles/profiles.dto.js';
import type { MemberProgress, Progress } from '../../src/progress/progress.dto.js';
import type { Participant, SessionDetail, TimeLog } from '../../src/sessions/sessions.dto.js';
import { type Api, type Person, startApi } from '../support/api.js';
import { inDays, people } from '../support/factories.js';
import { atSeconds, later, minutes, secondsCovered } from '../support/time.js';

let api: Api;
let ana: Person;
let ben: Person;
let group: GroupDetail;
let session: SessionDetail;

beforeAll(async () => {
  api = await startApi();
  [ana, ben] = await people(api, 'Ana', 'Ben');
});
afterAll(() => api.stop());

/** The race as Ben sees it, after checking it against the session's logs one by one. */
async function race(): Promise<Record<string, MemberProgress>> {
  const { as_of, members } = await ben.get(`/api/groups/${group.id}/progress/current`).expect<Progress>(200);
  const logs = await ben.get(`/api/sessions/${session.id}/logs`).expect<TimeLog[]>(200);
  for (const member of members) {
    const own = logs.filter(({ user_id }) => user_id === member.user_id);
    const to = [as_of, member.period_end].sort()[0] as string;
    expect(member.seconds_done).toBe(secondsCovered(own, { from: member.period_start, to }));
  }
  return Object.fromEntries(members.map((member) => [member.display_name, member]));
}

async function secondsLogged(): Promise<Record<string, number>> {
  const { participants } = await ana.get(`/api/sessions/${session.id}`).expect<SessionDetail>(200);
  return Object.fromEntries(participants.map(({ user, seconds_logged }) => [user.display_name, seconds_logged]));
}

/** Steps of the test take moments of their own, which the server counts, too. */
function around(seconds: number): { asymmetricMatch(other: unknown): boolean } {
  return { asymmetricMatch: (other) => typeof other === 'number' && other >= seconds && other < seconds + 15 };
}

describe('Two people race through a week', () => {
  it('Ana makes a weekly group in Asia/Kolkata', async () => {
    group = await ana
      .post('/api/groups', {
        name: 'Deep Work',
        start_at: inDays(-10),
        end_at: inDays(20),
        timezone: 'Asia/Kolkata',
        period: 'weekly',
        period_target_minutes: 600,
      })
      .expect<GroupDetail>(201);
    expect(group).toMatchObject({ owner_id: ana.id, status: 'active', archived_at: null, sessions: [] });
    expect(group.members).toMatchObject([{ user_id: ana.id, role: 'owner', user: { display_name: 'Ana' } }]);
  });

  it('Ben finds the invite in his inbox and accepts', async () => {
    await ana.post(`/api/groups/${group.id}:invite`, { recipient_id: ben.id }).expect(201);
    await ben.get(`/api/groups/${group.id}`).problem(404, 'not_found');
    const [invite] = await ben.get('/api/notifications?unread=true').expect<Notification[]>(200);
    expect(invite).toMatchObject({
      kind: 'group_invite',
      status: 'pending',
      group: { id: group.id, name: 'Deep Work', status: 'active' },
      data: { event: 'group_invite', actor_id: ana.id },
    });
    await ben.post(`/api/invites/${invite?.id}:accept`).expect(200);
    const { memberships } = await ben.get('/api/me').expect<Me>(200);
    expect(memberships).toEqual([{ group_id: group.id, name: 'Deep Work', status: 'active', role: 'member' }]);
    expect(await ana.get('/api/notifications').expect(200)).toMatchObject([
      { kind: 'generic', data: { event: 'invite_accepted', actor_id: ben.id } },
    ]);
  });

  it('Ana starts a session, and Ben joins ten minutes later', async () => {
    session = await ana.post('/api/sessions', { group_id: group.id }).expect<SessionDetail>(201);
    await ana.post(`/api/sessions/${session.id}:start`).expect(200);
    await later(api, minutes(10));
    const joined = await ben.post(`/api/sessions/${session.id}/participants`).expect<Participant>(201);
    expect(joined).toMatchObject({ role: 'participant', running: true, seconds_logged: around(0) });
    expect(await race()).toMatchObject({ Ana: { running: true, rank: 1 }, Ben: { running: true, rank: 2 } });
  });

  it('their time runs until the pause, stands still in it and runs on after it', async () => {
    await later(api, minutes(10));
    await ana.post(`/api/sessions/${session.id}:pause`).expect(200);
    await later(api, minutes(5));
    expect(await secondsLogged()).toEqual({ Ana: around(minutes(20)), Ben: around(minutes(10)) });
    expect(await race()).toMatchObject({ Ana: { running: false }, Ben: { running: false } });
    await ana.post(`/api/sessions/${session.id}:resume`).expect(200);
    await later(api, minutes(15));
    await ana.post(`/api/sessions/${session.id}:stop`).expect(200);
    expect(await secondsLogged()).toEqual({ Ana: around(minutes(35)), Ben: around(minutes(25)) });
    expect(await race()).toMatchObject({ Ana: { running: false }, Ben: { running: false } });
  });

  it('both log more by hand, and what overlaps counts once', async () => {
    session = await ana.get(`/api/sessions/${session.id}`).expect<SessionDetail>(200);
    const start = session.started_at as string;
    const log = (person: Person, from: number, to: number) =>
      person
        .post(`/api/sessions/${session.id}/logs`, {
          started_at: atSeconds(start, from),
          ended_at: atSeconds(start, to),
        })
        .expect<TimeLog>(201);
    // In the pause, which began at minute 20 and took 5; the second one lies half on the first and half on the timer.
    await log(ana, minutes(21), minutes(23));
    await log(ana, minutes(22), minutes(24));
    // Ben was there before he joined; the rest of it the timer has counted already.
    await log(ben, minutes(4), minutes(16));
    expect(await secondsLogged()).toEqual({ Ana: around(minutes(38)), Ben: around(minutes(31)) });
    expect(await race()).toMatchObject({ Ana: { goal_met: false, target_minutes: 600 } });
  });

  it('the archived group refuses everything that would change it', async () => {
    const invite = `/api/groups/${group.id}:invite`;
    const cleo = await api.person('Cleo');
    const open = await ben.post('/api/sessions', { group_id: group.id }).expect<SessionDetail>(201);
    const { end_at } = await ana.get(`/api/groups/${group.id}`).expect<GroupDetail>(200);
    const archived = await ana.post(`/api/groups/${group.id}:archive`).expect<GroupDetail>(200);
    expect(archived).toMatchObject({ status: 'archived', archived_at: expect.any(String), end_at });

    await ana.patch(`/api/groups/${group.id}`, { name: 'Later' }).problem(409, 'group_archived');
    await ana.post(invite, { recipient_id: cleo.id }).problem(409, 'group_archived');
    await ana.post(`/api/groups/${group.id}/members`, { user_id: cleo.id }).problem(409, 'group_archived');
    await ana
      .patch(`/api/groups/${group.id}/members/${ben.id}`, { override_period_target_minutes: 60 })
      .problem(409, 'group_archived');
    await ben.post('/api/sessions', { group_id: group.id }).problem(409, 'group_archived');
    await ben.post(`/api/sessions/${open.id}:start`).problem(409, 'invalid_session_transition');
    await ana.post(`/api/sessions/${open.id}/participants`).problem(409, 'group_archived');
    const { started_at, ended_at } = session;
    await ben.post(`/api/sessions/${session.id}/logs`, { started_at, ended_at }).problem(409, 'group_archived');
    await race();
  });

  it('Ben clones it, and is the only owner of the copy', async () => {
    const copy = await ben.post(`/api/groups/${group.id}:clone`).expect<GroupDetail>(201);
    expect(copy).toMatchObject({ owner_id: ben.id, name: 'Deep Work', status: 'active', sessions: [] });
    expect(copy.members.map(({ user_id, role }) => ({ user_id, role }))).toEqual([
      { user_id: ben.id, role: 'owner' },
      { user_id: ana.id, role: 'admin' },
    ]);
  });
});
