import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { GroupDetail } from '../../src/groups/groups.dto.js';
import type { Session, SessionDetail, TimeLog } from '../../src/sessions/sessions.dto.js';
import { type Api, type Person, startApi } from '../support/api.js';
import type { Answer, ProblemBody } from '../support/call.js';
import { aGroup, aRunningSession, aSession, joins, people } from '../support/factories.js';

let api: Api;
let ana: Person;
let ben: Person;

beforeAll(async () => {
  api = await startApi();
  [ana, ben] = await people(api, 'Ana', 'Ben');
});
afterAll(() => api.stop());

const said = ({ status, body }: Answer): string =>
  status < 400 ? `${status}` : `${status} ${(body as ProblemBody).code}`;
const all = (calls: { answer: Promise<Answer> }[]): Promise<Answer[]> => Promise.all(calls.map(({ answer }) => answer));

function count(answers: Answer[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const answer of answers) counts[said(answer)] = (counts[said(answer)] ?? 0) + 1;
  return counts;
}

const times = <T>(count: number, make: (nth: number) => T): T[] => Array.from({ length: count }, (_, nth) => make(nth));

describe('Any number of simultaneous first requests', () => {
  it('make exactly one profile, with either kind of token', async () => {
    const sub = 'somebody-who-signs-in-for-the-first-time';
    const tokens = await Promise.all(
      times(20, (nth) =>
        api.issuer.token({ sub, jti: `${nth}`, ...(nth % 2 ? { token_use: 'access' } : { email: 'new@example.com' }) }),
      ),
    );
    const answers = await all(
      tokens.map((token) =>
        api.anonymous({ method: 'GET', path: '/api/me', headers: { authorization: `Bearer ${token}` } }),
      ),
    );
    expect(count(answers)).toEqual({ 200: 20 });
    expect(new Set(answers.map(({ body }) => (body as { id: string }).id)).size).toBe(1);
    const { rows } = await api.database.query(
      `SELECT (SELECT count(*)::int FROM auth_identities WHERE subject = $1) AS identities,
              (SELECT count(*)::int FROM profiles p WHERE NOT EXISTS (SELECT FROM auth_identities i WHERE i.profile_id = p.id)) AS orphans`,
      [sub],
    );
    expect(rows).toEqual([{ identities: 1, orphans: 0 }]);
  });

  it('by people who prove the same address leave it with one of them', async () => {
    const people = await Promise.all(times(10, (nth) => api.person(`P${nth}`, { email: 'shared@example.com' })));
    const holders = await Promise.all(
      people.map((person) => person.get('/api/me').expect<{ email: string | null }>(200)),
    );
    expect(holders.filter(({ email }) => email === 'shared@example.com')).toHaveLength(1);
  });
});

describe('Sessions', () => {
  it('started by two devices at once: exactly one runs, the other is already_running with its id', async () => {
    for (let round = 0; round < 5; round++) {
      const sessions = await Promise.all(times(4, () => aSession(ana)));
      const answers = await all(sessions.map(({ id }) => ana.post(`/api/sessions/${id}:start`)));
      expect(count(answers)).toEqual({ 200: 1, '409 already_running': 3 });
      const winner = sessions[answers.findIndex(({ status }) => status === 200)];
      for (const { status, body } of answers) {
        if (status === 409) expect((body as ProblemBody).session_id).toBe(winner?.id);
      }
      expect(await ana.get('/api/sessions?status=running').expect(200)).toMatchObject([{ id: winner?.id }]);
      await Promise.all(sessions.map(({ id }) => ana.post(`/api/sessions/${id}:stop`).expect(200)));
    }
  });

  it('of one session the same :start many times opens one segment', async () => {
    const { id } = await aSession(ana);
    expect(count(await all(times(10, () => ana.post(`/api/sessions/${id}:start`))))).toEqual({ 200: 10 });
    expect(await ana.get(`/api/sessions/${id}/logs`).expect(200)).toHaveLength(1);
    await ana.post(`/api/sessions/${id}:stop`).expect(200);
  });

  it('with verbs, joins, leaves and logs all at once: no log is lost, doubled or left open on an ended session', async () => {
    const group = await aGroup(ana);
    const others = await Promise.all(times(4, (nth) => api.person(`P${nth}`)));
    await Promise.all(
      others.map((person) => ana.post(`/api/groups/${group.id}/members`, { user_id: person.id }).expect(201)),
    );
    for (let round = 0; round < 4; round++) {
      const { id } = await aRunningSession(ana, group, 30);
      const path = `/api/sessions/${id}`;
      const answers = await all([
        ana.post(`${path}:pause`),
        ana.post(`${path}:resume`),
        ana.post(`${path}:stop`),
        ana.post(`${path}:stop`),
        ...others.flatMap((person) => [
          person.post(`${path}/participants`),
          person.delete(`${path}/participants/${person.id}`),
          person.post(`${path}/participants`),
        ]),
      ]);
      expect(answers.filter(({ status }) => status >= 500)).toEqual([]);
      const session = await ana.get(path).expect<SessionDetail>(200);
      expect(session.status).toBe('ended');
      const logs = await ana.get(`${path}/logs`).expect<TimeLog[]>(200);
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

  it('more than 20 scheduled at once stay at 20', async () => {
    const dora = await api.person('Dora');
    expect(count(await all(times(30, () => dora.post('/api/sessions', {}))))).toEqual({
      201: 20,
      '409 too_many_scheduled_sessions': 10,
    });
  });

  it('joined beside archiving: nobody’s time runs on in the archived group', async () => {
    for (let round = 0; round < 3; round++) {
      const group = await aGroup(ana);
      await joins(ana, group, ben);
      const { id } = await aRunningSession(ana, group, 30);
      const answers = await all([
        ben.post(`/api/sessions/${id}/participants`),
        ana.post(`/api/groups/${group.id}:archive`),
        ben.post('/api/sessions', { group_id: group.id }),
      ]);
      expect(['201', '409 group_archived']).toContain(said(answers[0]!));
      expect(said(answers[1]!)).toBe('200');
      const detail = await ana.get(`/api/groups/${group.id}`).expect<GroupDetail>(200);
      expect(detail.sessions.map(({ status }: Session) => status)).toEqual(detail.sessions.map(() => 'ended'));
      const logs = await ben.get(`/api/sessions/${id}/logs`).expect<TimeLog[]>(200);
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
  it('take exactly 500 members, however many come at once', async () => {
    const group = await aGroup(ana);
    await api.database.query(
      `WITH made AS (INSERT INTO profiles SELECT FROM generate_series(1, 496) RETURNING id)
       INSERT INTO group_members (group_id, user_id) SELECT $1, id FROM made`,
      [group.id],
    );
    const late = await Promise.all(times(6, (nth) => api.person(`Late ${nth}`)));
    const invites = await Promise.all(
      late.map((person) =>
        ana.post(`/api/groups/${group.id}:invite`, { recipient_id: person.id }).expect<{ id: string }>(201),
      ),
    );
    const answers = await all(late.map((person, nth) => person.post(`/api/invites/${invites[nth]?.id}:accept`)));
    expect(count(answers)).toEqual({ 200: 3, '409 group_full': 3 });
    expect(await ana.get(`/api/groups/${group.id}/members`).expect(200)).toHaveLength(500);
    await ana.post(`/api/groups/${group.id}/members`, { user_id: ben.id }).problem(409, 'group_full');
    const refused = answers.findIndex(({ status }) => status === 409);
    await ana
      .delete(`/api/groups/${group.id}/members/${late[answers.findIndex(({ status }) => status === 200)]?.id}`)
      .expect(204);
    await late[refused]?.post(`/api/invites/${invites[refused]?.id}:accept`).expect(200);
    const copy = await ana.post(`/api/groups/${group.id}:clone`).expect<GroupDetail>(201);
    expect(copy.members).toHaveLength(500);
  });

  it('handed over while the heir leaves have one owner, who is a member', async () => {
    for (let round = 0; round < 5; round++) {
      const group = await aGroup(ana);
      await joins(ana, group, ben);
      const [transfer, leave] = await all([
        ana.post(`/api/groups/${group.id}:transfer`, { user_id: ben.id }),
        ben.delete(`/api/groups/${group.id}/members/${ben.id}`),
      ]);
      expect(['200 | 409 owner_must_transfer', '404 not_found | 204']).toContain(
        `${said(transfer!)} | ${said(leave!)}`,
      );
      const { owner_id, members } = await ana.get(`/api/groups/${group.id}`).expect<GroupDetail>(200);
      expect(members.filter(({ role }) => role === 'owner').map(({ user_id }) => user_id)).toEqual([owner_id]);
      expect(owner_id).toBe(said(transfer!) === '200' ? ben.id : ana.id);
    }
  });

  it('handed over to several people at once go to exactly one', async () => {
    const heirs = await Promise.all(times(4, (nth) => api.person(`Heir ${nth}`)));
    const group = await aGroup(ana);
    for (const { id } of heirs) await ana.post(`/api/groups/${group.id}/members`, { user_id: id }).expect(201);
    const answers = await all(heirs.map(({ id }) => ana.post(`/api/groups/${group.id}:transfer`, { user_id: id })));
    expect(count(answers)).toEqual({ 200: 1, '403 forbidden': 3 });
    const { owner_id, members } = await ana.get(`/api/groups/${group.id}`).expect<GroupDetail>(200);
    expect(owner_id).toBe(heirs[answers.findIndex(({ status }) => status === 200)]?.id);
    expect(members.map(({ role }) => role).sort()).toEqual(['admin', 'member', 'member', 'member', 'owner']);
  });

  it('left or lost by the same person twice at once: one finds nobody to remove', async () => {
    const group = await aGroup(ana);
    await joins(ana, group, ben);
    const path = `/api/groups/${group.id}/members/${ben.id}`;
    const answers = (await all([ana.delete(path), ben.delete(path)])).map(said);
    expect(answers.sort()).toEqual(['204', '404 not_found']);
  });

  it('take somebody who is added many times at once in once', async () => {
    const group = await aGroup(ana);
    const answers = await all(times(6, () => ana.post(`/api/groups/${group.id}/members`, { user_id: ben.id })));
    expect(count(answers)).toEqual({ 201: 1, '409 already_member': 5 });
  });
});
