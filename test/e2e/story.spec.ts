import { beforeAll, describe, expect, it } from '@jest/globals';
import { type Person, useApi } from '../support/api.js';
import { inDays, people } from '../support/factories.js';
import { created, done, on, onMember, refused, type Schema, where } from '../support/sdk.js';
import { atSeconds, advanceTime, minutes, secondsCovered } from '../support/time.js';

const api = useApi();
let ana: Person;
let ben: Person;
let group: Schema<'GroupDetail'>;
let session: Schema<'SessionDetail'>;

beforeAll(async () => {
  [ana, ben] = await people(api, 'Ana', 'Ben');
});

/** The progress as Ben reads it, compared with the session's logs. */
async function race(): Promise<Record<string, Schema<'MemberProgress'>>> {
  const members = await done(ben.api.GET('/api/groups/{id}/progress/current', on(group)));
  const logs = await done(ben.api.GET('/api/sessions/{id}/logs', on(session)));
  for (const member of members) {
    const own = logs.filter(({ user_id }) => user_id === member.user_id);
    const to = [member.as_of, member.period_end].sort()[0] as string;
    expect(member.seconds_done).toBe(secondsCovered(own, { from: member.period_start, to }));
  }
  return Object.fromEntries(members.map((member) => [member.display_name, member]));
}

async function secondsLogged(): Promise<Record<string, number>> {
  const { participants } = await done(ana.api.GET('/api/sessions/{id}', on(session)));
  return Object.fromEntries(participants.map(({ user, seconds_logged }) => [user.display_name, seconds_logged]));
}

/** The test's own duration counts as well. */
function around(seconds: number): { asymmetricMatch(other: unknown): boolean } {
  return { asymmetricMatch: (other) => typeof other === 'number' && other >= seconds && other < seconds + 15 };
}

describe('Two people race through a week', () => {
  it('Ana makes a weekly group in Asia/Kolkata', async () => {
    const body = {
      name: 'Deep Work',
      start_at: inDays(-10),
      end_at: inDays(20),
      timezone: 'Asia/Kolkata',
      period: 'weekly',
      period_target_minutes: 600,
    } as const;
    group = await created(ana.api.POST('/api/groups', { body }));
    expect(group).toMatchObject({ owner_id: ana.id, status: 'active', archived_at: null, sessions: [] });
    expect(group.members).toMatchObject([{ user_id: ana.id, role: 'owner', user: { display_name: 'Ana' } }]);
  });

  it('Ben finds the invite in his inbox and accepts', async () => {
    await created(ana.api.POST('/api/groups/{id}:invite', on(group, { recipient_id: ben.id })));
    await refused(ben.api.GET('/api/groups/{id}', on(group)), 'not_found');
    const [invite] = await done(ben.api.GET('/api/notifications', where({ unread: true })));
    expect(invite).toMatchObject({
      kind: 'group_invite',
      status: 'pending',
      group: { id: group.id, name: 'Deep Work', status: 'active' },
      data: { event: 'group_invite', actor_id: ana.id },
    });
    await done(ben.api.POST('/api/invites/{id}:accept', on(invite!)));
    const { memberships } = await done(ben.api.GET('/api/me'));
    expect(memberships).toEqual([{ group_id: group.id, name: 'Deep Work', status: 'active', role: 'member' }]);
    expect(await done(ana.api.GET('/api/notifications'))).toMatchObject([
      { kind: 'generic', data: { event: 'invite_accepted', actor_id: ben.id } },
    ]);
  });

  it('Ana starts a session, and Ben joins ten minutes later', async () => {
    session = await created(ana.api.POST('/api/sessions', { body: { group_id: group.id } }));
    await done(ana.api.POST('/api/sessions/{id}:start', on(session)));
    await advanceTime(api, minutes(10));
    const joined = await created(ben.api.POST('/api/sessions/{id}/participants', on(session)));
    expect(joined).toMatchObject({ role: 'participant', running: true, seconds_logged: around(0) });
    expect(await race()).toMatchObject({ Ana: { running: true, rank: 1 }, Ben: { running: true, rank: 2 } });
  });

  it('their time counts until the pause and after it', async () => {
    await advanceTime(api, minutes(10));
    await done(ana.api.POST('/api/sessions/{id}:pause', on(session)));
    await advanceTime(api, minutes(5));
    expect(await secondsLogged()).toEqual({ Ana: around(minutes(20)), Ben: around(minutes(10)) });
    expect(await race()).toMatchObject({ Ana: { running: false }, Ben: { running: false } });
    await done(ana.api.POST('/api/sessions/{id}:resume', on(session)));
    await advanceTime(api, minutes(15));
    await done(ana.api.POST('/api/sessions/{id}:stop', on(session)));
    expect(await secondsLogged()).toEqual({ Ana: around(minutes(35)), Ben: around(minutes(25)) });
    expect(await race()).toMatchObject({ Ana: { running: false }, Ben: { running: false } });
  });

  it('both add manual logs, and overlaps count once', async () => {
    session = await done(ana.api.GET('/api/sessions/{id}', on(session)));
    const start = session.started_at as string;
    const log = (person: Person, from: number, to: number) => {
      const span = { started_at: atSeconds(start, from), ended_at: atSeconds(start, to) };
      return created(person.api.POST('/api/sessions/{id}/logs', on(session, span)));
    };
    // In the pause, which began at minute 20 and took 5 minutes; the second log overlaps the first and a segment by half.
    await log(ana, minutes(21), minutes(23));
    await log(ana, minutes(22), minutes(24));
    // From before Ben joined; the rest overlaps his segment.
    await log(ben, minutes(4), minutes(16));
    expect(await secondsLogged()).toEqual({ Ana: around(minutes(38)), Ben: around(minutes(31)) });
    expect(await race()).toMatchObject({ Ana: { goal_met: false, target_minutes: 600 } });
  });

  it('the archived group rejects every change', async () => {
    const cleo = await api.person('Cleo');
    const open = await created(ben.api.POST('/api/sessions', { body: { group_id: group.id } }));
    const { end_at } = await done(ana.api.GET('/api/groups/{id}', on(group)));
    const archived = await done(ana.api.POST('/api/groups/{id}:archive', on(group)));
    expect(archived).toMatchObject({ status: 'archived', archived_at: expect.any(String), end_at });

    await refused(ana.api.PATCH('/api/groups/{id}', on(group, { name: 'Later' })), 'group_archived');
    await refused(ana.api.POST('/api/groups/{id}:invite', on(group, { recipient_id: cleo.id })), 'group_archived');
    await refused(ana.api.POST('/api/groups/{id}/members', on(group, { user_id: cleo.id })), 'group_archived');
    await refused(
      ana.api.PATCH('/api/groups/{id}/members/{userId}', onMember(group, ben, { override_period_target_minutes: 60 })),
      'group_archived',
    );
    await refused(ben.api.POST('/api/sessions', { body: { group_id: group.id } }), 'group_archived');
    await refused(ben.api.POST('/api/sessions/{id}:start', on(open)), 'invalid_session_transition');
    await refused(ana.api.POST('/api/sessions/{id}/participants', on(open)), 'group_archived');
    const span = { started_at: session.started_at!, ended_at: session.ended_at! };
    await refused(ben.api.POST('/api/sessions/{id}/logs', on(session, span)), 'group_archived');
    await race();
  });

  it('Ben clones it, and is the only owner of the copy', async () => {
    const copy = await created(ben.api.POST('/api/groups/{id}:clone', on(group)));
    expect(copy).toMatchObject({ owner_id: ben.id, name: 'Deep Work', status: 'active', sessions: [] });
    expect(copy.members.map(({ user_id, role }) => ({ user_id, role }))).toEqual([
      { user_id: ben.id, role: 'owner' },
      { user_id: ana.id, role: 'admin' },
    ]);
  });
});
