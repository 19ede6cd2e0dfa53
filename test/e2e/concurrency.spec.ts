import { beforeAll, describe, expect, it } from '@jest/globals';
import { type Person, personWith, useApi } from '../support/api.js';
import {
  createGroup,
  createInvite,
  createRunningSession,
  createSession,
  addMembers,
  people,
} from '../support/factories.js';
import { created, done, on, onMember, outcome, outcomes, refused, where } from '../support/sdk.js';
import { joinSession, logsOf, sessionOf, verb } from '../support/sessions.js';

const api = useApi();
let ana: Person;
let ben: Person;

beforeAll(async () => {
  [ana, ben] = await people(api, 'Ana', 'Ben');
});

const times = <T>(count: number, make: (nth: number) => T): T[] => Array.from({ length: count }, (_, nth) => make(nth));

describe('Any number of simultaneous first requests', () => {
  it('create exactly one profile, with either kind of token', async () => {
    const sub = 'somebody-who-signs-in-for-the-first-time';
    const tokens = await Promise.all(
      times(20, (nth) =>
        api.issuer.token({ sub, jti: `${nth}`, ...(nth % 2 ? { token_use: 'access' } : { email: 'new@example.com' }) }),
      ),
    );
    const profiles = await Promise.all(
      tokens.map((token) => done(personWith(api.url, { id: '', name: '', token }).api.GET('/api/me'))),
    );
    expect(new Set(profiles.map(({ id }) => id)).size).toBe(1);
    const { rows } = await api.database.query(
      `SELECT (SELECT count(*)::int FROM auth_identities WHERE subject = $1) AS identities,
              (SELECT count(*)::int FROM profiles p WHERE NOT EXISTS (SELECT FROM auth_identities i WHERE i.profile_id = p.id)) AS orphans`,
      [sub],
    );
    expect(rows).toEqual([{ identities: 1, orphans: 0 }]);
  });

  it('with the same verified address leave it with one profile', async () => {
    const people = await Promise.all(times(10, (nth) => api.person(`P${nth}`, { email: 'shared@example.com' })));
    const holders = await Promise.all(people.map((person) => done(person.api.GET('/api/me'))));
    expect(holders.filter(({ email }) => email === 'shared@example.com')).toHaveLength(1);
  });
});

describe('Sessions', () => {
  it('started by two devices at once: exactly one runs, the other is already_running with its id', async () => {
    for (let round = 0; round < 5; round++) {
      const sessions = await Promise.all(times(4, () => createSession(ana)));
      const answers = await Promise.all(sessions.map(({ id }) => verb(ana, id, 'start')));
      expect(await outcomes(answers)).toEqual({ 200: 1, '409 already_running': 3 });
      const winner = sessions[answers.findIndex(({ response }) => response.ok)];
      for (const { error } of answers) {
        if (error) expect(error).toMatchObject({ session_id: winner?.id });
      }
      expect(await done(ana.api.GET('/api/sessions', where({ status: 'running' })))).toMatchObject([
        { id: winner?.id },
      ]);
      await Promise.all(sessions.map(({ id }) => done(verb(ana, id, 'stop'))));
    }
  });

  it('the same :start sent many times opens one segment', async () => {
    const { id } = await createSession(ana);
    expect(await outcomes(times(10, () => verb(ana, id, 'start')))).toEqual({ 200: 10 });
    expect(await logsOf(ana, id)).toHaveLength(1);
    await done(verb(ana, id, 'stop'));
  });

  it('verbs, addMembers, leaves and logs at once lose or duplicate no log, and leave none open on an ended session', async () => {
    const group = await createGroup(ana);
    const others = await Promise.all(times(4, (nth) => api.person(`P${nth}`)));
    await Promise.all(
      others.map((person) => created(ana.api.POST('/api/groups/{id}/members', on(group, { user_id: person.id })))),
    );
    for (let round = 0; round < 4; round++) {
      const { id } = await createRunningSession(ana, group, 30);
      const answers = await Promise.all([
        ...(['pause', 'resume', 'stop', 'stop'] as const).map((name) => verb(ana, id, name)),
        ...others.flatMap((person) => [
          joinSession(person, id),
          person.api.DELETE('/api/sessions/{id}/participants/{userId}', onMember({ id }, person)),
          joinSession(person, id),
        ]),
      ]);
      expect(answers.filter(({ response }) => response.status >= 500)).toEqual([]);
      const session = await sessionOf(ana, id);
      expect(session.status).toBe('ended');
      const logs = await logsOf(ana, id);
      for (const { started_at, ended_at } of logs) {
        expect(ended_at).not.toBeNull();
        expect(ended_at! > started_at && ended_at! <= session.ended_at! && started_at >= session.started_at!).toBe(
          true,
        );
      }
      const spans = logs.map((log) => `${log.user_id} ${log.started_at}`);
      expect(new Set(spans).size).toBe(spans.length);
    }
  });

  it('creating more than 20 scheduled sessions at once creates 20', async () => {
    const dora = await api.person('Dora');
    expect(await outcomes(times(30, () => dora.api.POST('/api/sessions', { body: {} })))).toEqual({
      201: 20,
      '409 too_many_scheduled_sessions': 10,
    });
  });

  it('joining during archiving leaves no time running in the archived group', async () => {
    for (let round = 0; round < 3; round++) {
      const group = await createGroup(ana);
      await addMembers(ana, group, ben);
      const { id } = await createRunningSession(ana, group, 30);
      const [join, archive] = await Promise.all([
        outcome(joinSession(ben, id)),
        outcome(ana.api.POST('/api/groups/{id}:archive', on(group))),
        outcome(ben.api.POST('/api/sessions', { body: { group_id: group.id } })),
      ]);
      expect(['201', '409 group_archived']).toContain(join);
      expect(archive).toBe('200');
      const detail = await done(ana.api.GET('/api/groups/{id}', on(group)));
      expect(detail.sessions.map(({ status }) => status)).toEqual(detail.sessions.map(() => 'ended'));
      const logs = await logsOf(ben, id);
      expect(logs.filter(({ ended_at }) => ended_at === null)).toEqual([]);
      for (const { ended_at } of logs) expect(ended_at! <= detail.archived_at!).toBe(true);
      const { rows } = await api.database.query(
        `SELECT count(*)::int FROM time_logs l JOIN session_participants p ON p.id = l.participant_id
          WHERE p.session_id = $1 AND l.ended_at IS NULL`,
        [id],
      );
      expect(rows).toEqual([{ count: 0 }]);
    }
  });
});

describe('Groups', () => {
  it('accept exactly 500 members, also concurrently', async () => {
    const group = await createGroup(ana);
    await api.database.query(
      `WITH made AS (INSERT INTO profiles SELECT FROM generate_series(1, 496) RETURNING id)
       INSERT INTO group_members (group_id, user_id) SELECT $1, id FROM made`,
      [group.id],
    );
    const late = await Promise.all(times(6, (nth) => api.person(`Late ${nth}`)));
    const invites = await Promise.all(late.map((person) => createInvite(ana, group, person)));
    const accept = (nth: number) => late[nth]!.api.POST('/api/invites/{id}:accept', on(invites[nth]!));
    const answers = await Promise.all(late.map((_, nth) => accept(nth)));
    expect(await outcomes(answers)).toEqual({ 200: 3, '409 group_full': 3 });
    expect(await done(ana.api.GET('/api/groups/{id}/members', on(group)))).toHaveLength(500);
    await refused(ana.api.POST('/api/groups/{id}/members', on(group, { user_id: ben.id })), 'group_full');
    const [joined, turnedAway] = [true, false].map((ok) => answers.findIndex(({ response }) => response.ok === ok));
    await done(ana.api.DELETE('/api/groups/{id}/members/{userId}', onMember(group, late[joined!]!)));
    await done(accept(turnedAway!));
    const copy = await created(ana.api.POST('/api/groups/{id}:clone', on(group)));
    expect(copy.members).toHaveLength(500);
  });

  it('transferred while the new owner leaves have one owner, who is a member', async () => {
    for (let round = 0; round < 5; round++) {
      const group = await createGroup(ana);
      await addMembers(ana, group, ben);
      const [transfer, leave] = await Promise.all([
        outcome(ana.api.POST('/api/groups/{id}:transfer', on(group, { user_id: ben.id }))),
        outcome(ben.api.DELETE('/api/groups/{id}/members/{userId}', onMember(group, ben))),
      ]);
      expect(['200 | 409 owner_must_transfer', '404 not_found | 204']).toContain(`${transfer} | ${leave}`);
      const { owner_id, members } = await done(ana.api.GET('/api/groups/{id}', on(group)));
      expect(members.filter(({ role }) => role === 'owner').map(({ user_id }) => user_id)).toEqual([owner_id]);
      expect(owner_id).toBe(transfer === '200' ? ben.id : ana.id);
    }
  });

  it('transferred to several people at once have exactly one new owner', async () => {
    const heirs = await Promise.all(times(4, (nth) => api.person(`Heir ${nth}`)));
    const group = await createGroup(ana);
    for (const { id } of heirs) await created(ana.api.POST('/api/groups/{id}/members', on(group, { user_id: id })));
    const answers = await Promise.all(
      heirs.map(({ id }) => ana.api.POST('/api/groups/{id}:transfer', on(group, { user_id: id }))),
    );
    expect(await outcomes(answers)).toEqual({ 200: 1, '403 forbidden': 3 });
    const { owner_id, members } = await done(ana.api.GET('/api/groups/{id}', on(group)));
    expect(owner_id).toBe(heirs[answers.findIndex(({ response }) => response.ok)]?.id);
    expect(members.map(({ role }) => role).sort()).toEqual(['admin', 'member', 'member', 'member', 'owner']);
  });

  it('left twice at once by the same person: one request gets a 404', async () => {
    const group = await createGroup(ana);
    await addMembers(ana, group, ben);
    const removals = [ana, ben].map((by) => by.api.DELETE('/api/groups/{id}/members/{userId}', onMember(group, ben)));
    expect(await outcomes(removals)).toEqual({ 204: 1, '404 not_found': 1 });
  });

  it('add a person once who is added many times at once', async () => {
    const group = await createGroup(ana);
    const adds = () => ana.api.POST('/api/groups/{id}/members', on(group, { user_id: ben.id }));
    expect(await outcomes(times(6, adds))).toEqual({ 201: 1, '409 already_member': 5 });
  });
});
