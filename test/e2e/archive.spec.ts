import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { GroupDetail } from '../../src/groups/groups.dto.js';
import type { GroupInvite, Notification } from '../../src/inbox/inbox.dto.js';
import type { ArchiveResult } from '../../src/maintenance/maintenance.dto.js';
import { JobsService } from '../../src/maintenance/jobs.service.js';
import type { SessionDetail } from '../../src/sessions/sessions.dto.js';
import { type Api, type Person, startApi } from '../support/api.js';
import { aGroup, agoSeconds, aRunningSession, aSession, inDays, joins, people } from '../support/factories.js';
import { atSeconds, hours, later } from '../support/time.js';

let api: Api;
let ana: Person;
let ben: Person;
let cleo: Person;
let staff: Person;

beforeAll(async () => {
  api = await startApi();
  [ana, ben, cleo] = await people(api, 'Ana', 'Ben', 'Cleo');
  staff = await api.person('Staff', { groups: ['admin'] });
});
afterAll(() => api.stop());

const archiveExpired = () => staff.post('/api/maintenance/archive-expired-groups').expect<ArchiveResult>(200);
const get = (group: { id: string }, by = ana) => by.get(`/api/groups/${group.id}`).expect<GroupDetail>(200);

/** A group that ended a while ago, with a session that ran and one that waited then, and an invite that nobody answered. */
async function ended() {
  const group = await aGroup(ana, { end_at: agoSeconds(-hours(1)) });
  await joins(ana, group, ben);
  const running = await aRunningSession(ana, group, 600);
  await ben.post(`/api/sessions/${running.id}/participants`).expect(201);
  const scheduled = await aSession(ana, group);
  const invite = await ana.post(`/api/groups/${group.id}:invite`, { recipient_id: cleo.id }).expect<GroupInvite>(201);
  await later(api, hours(1) + 120);
  const { end_at: end } = await get(group);
  return { group, running, scheduled, invite, end };
}

describe.each([
  ['before the job has written it', () => Promise.resolve()],
  ['after the job has written it', () => archiveExpired()],
])('A group whose end has passed, %s,', (_, job) => {
  let world: Awaited<ReturnType<typeof ended>>;
  beforeEach(async () => {
    await archiveExpired();
    world = await ended();
    await job();
  });

  it('reads as archived since its end, for everybody and in every list', async () => {
    const { group, end } = world;
    expect(await get(group)).toMatchObject({ status: 'archived', archived_at: end, end_at: end });
    expect(await get(group, ben)).toMatchObject({ status: 'archived' });
    expect(await ana.get('/api/groups?status=archived&limit=1').expect(200)).toMatchObject([{ id: group.id }]);
    const active = await ana.get('/api/groups?status=active&limit=100').expect<{ id: string }[]>(200);
    expect(active.map(({ id }) => id)).not.toContain(group.id);
    const { memberships } = await ben
      .get('/api/me')
      .expect<{ memberships: { group_id: string; status: string }[] }>(200);
    expect(memberships.find(({ group_id }) => group_id === group.id)).toMatchObject({ status: 'archived' });
  });

  it('takes no members, invites, accepts, sessions, changes or logs', async () => {
    const { group, running, invite } = world;
    const path = `/api/groups/${group.id}`;
    await ana.patch(path, { end_at: inDays(5) }).problem(409, 'group_archived');
    await ana.post(`${path}/members`, { user_id: cleo.id }).problem(409, 'group_archived');
    await ana.post(`${path}:invite`, { recipient_id: cleo.id }).problem(409, 'group_archived');
    await ana.patch(`${path}/members/${ben.id}`, { role: 'admin' }).problem(409, 'group_archived');
    await cleo.post(`/api/invites/${invite.id}:accept`).problem(409, 'invite_closed');
    await ana.post('/api/sessions', { group_id: group.id }).problem(409, 'group_archived');
    const { started_at } = await ana.get(`/api/sessions/${running.id}`).expect<SessionDetail>(200);
    await ben
      .post(`/api/sessions/${running.id}/logs`, { started_at, ended_at: atSeconds(started_at ?? '', 1) })
      .problem(409, 'group_archived');
  });

  it('has ended its open sessions at its end', async () => {
    const { running, scheduled, end } = world;
    const session = await ana.get(`/api/sessions/${running.id}`).expect<SessionDetail>(200);
    expect(session).toMatchObject({ status: 'ended', ended_at: end });
    expect(session.participants.map(({ running, seconds_logged }) => ({ running, seconds_logged }))).toEqual([
      { running: false, seconds_logged: hours(1) + 600 - 1 },
      { running: false, seconds_logged: hours(1) - 1 },
    ]);
    expect(await ana.get(`/api/sessions/${scheduled.id}`).expect(200)).toMatchObject({
      status: 'ended',
      ended_at: end,
    });
    await ana.post(`/api/sessions/${running.id}:pause`).problem(409, 'invalid_session_transition');
    await aRunningSession(ana).then(({ id }) => ana.post(`/api/sessions/${id}:stop`).expect(200));
  });

  it('shows its pending invites as expired', async () => {
    const { group, invite } = world;
    expect(await cleo.get(`/api/notifications/${invite.id}`).expect<Notification>(200)).toMatchObject({
      status: 'declined',
      data: { reason: 'expired' },
      group: null,
    });
    expect(await ana.get(`/api/groups/${group.id}/invites`).expect(200)).toEqual([]);
  });

  it('can be read, left and cloned', async () => {
    const { group } = world;
    await ben.get(`/api/groups/${group.id}/progress/current`).expect(200);
    await ben.post(`/api/groups/${group.id}:clone`).expect(201);
    await ben.delete(`/api/groups/${group.id}/members/${ben.id}`).expect(204);
    expect((await get(group)).members).toHaveLength(1);
  });
});

/** Keeps the id of every group whose status is written. */
const NOTE_WRITES = `
  CREATE TABLE written (id uuid);
  CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    INSERT INTO written VALUES (NEW.id);
    RETURN NULL;
  END $$;
  CREATE TRIGGER note AFTER UPDATE OF status ON groups FOR EACH ROW EXECUTE FUNCTION note();`;

describe('Archiving expired groups', () => {
  beforeEach(archiveExpired);

  it('writes each of them once, and says how many', async () => {
    const worlds = [await aGroup(ana), await aGroup(ana), await aGroup(ana)];
    for (const { id } of worlds.slice(0, 2)) {
      await api.database.query('UPDATE groups SET end_at = $2 WHERE id = $1', [id, agoSeconds(5)]);
    }
    expect(await archiveExpired()).toEqual({ archived: 2 });
    expect(await archiveExpired()).toEqual({ archived: 0 });
    const { rows } = await api.database.query(
      'SELECT status, archived_at = end_at AS at_end FROM groups WHERE id = ANY ($1)',
      [worlds.slice(0, 2).map(({ id }) => id)],
    );
    expect(rows).toEqual(Array(2).fill({ status: 'archived', at_end: true }));
    expect(await get(worlds[2]!)).toMatchObject({ status: 'active' });
  });

  it('is for maintenance only, which other groups of the user pool do not grant', async () => {
    await ana.post('/api/maintenance/archive-expired-groups').problem(403, 'maintenance_only');
    const other = await api.person('Other', { groups: ['administrators', 'ADMIN'] });
    await other.post('/api/maintenance/archive-expired-groups').problem(403, 'maintenance_only');
    const access = await api.person('Access', { groups: ['admin'], token_use: 'access' });
    await access.post('/api/maintenance/archive-expired-groups').expect(200);
  });

  it('by the schedule in two processes at once archives once', async () => {
    const other = await startApi({ DATABASE_URL: api.databaseUrl, ...api.issuer.environment });
    try {
      const groups = await Promise.all(Array.from({ length: 5 }, () => aGroup(ana)));
      const ids = groups.map(({ id }) => id);
      await api.database.query('UPDATE groups SET end_at = $2 WHERE id = ANY ($1)', [ids, agoSeconds(5)]);
      await api.database.query(NOTE_WRITES);
      const jobs = [api, other].map(({ app }) => app.get(JobsService));
      await Promise.all(jobs.flatMap((job) => [job.runAll(), job.runAll()]));
      const { rows } = await api.database.query<{ id: string }>('SELECT id FROM written ORDER BY id');
      expect(rows.map(({ id }) => id)).toEqual([...ids].sort());
    } finally {
      await api.database.query('DROP TABLE IF EXISTS written; DROP FUNCTION IF EXISTS note CASCADE');
      await other.stop();
    }
  });

  it('by the schedule fails quietly and is tried again', async () => {
    const job = api.app.get(JobsService);
    await api.database.query('DELETE FROM job_ticks');
    await api.database.query('ALTER FUNCTION archive_groups_expired_at RENAME TO archive_gone');
    await job.runAll();
    await api.database.query('ALTER FUNCTION archive_gone RENAME TO archive_groups_expired_at');
    const group = await aGroup(ana);
    await api.database.query('UPDATE groups SET end_at = $2 WHERE id = $1', [group.id, agoSeconds(5)]);
    await job.runAll();
    const { rows } = await api.database.query('SELECT status FROM groups WHERE id = $1', [group.id]);
    expect(rows).toEqual([{ status: 'archived' }]);
  });

  it('leaves alone what was archived by hand: that end stays', async () => {
    const group = await aGroup(ana, { end_at: inDays(1) });
    const { archived_at } = await ana.post(`/api/groups/${group.id}:archive`).expect<GroupDetail>(200);
    await later(api, hours(30));
    const moved = atSeconds(archived_at ?? '', -hours(30));
    expect(await archiveExpired()).toEqual({ archived: 0 });
    expect(await get(group)).toMatchObject({ status: 'archived', archived_at: moved });
  });
});
