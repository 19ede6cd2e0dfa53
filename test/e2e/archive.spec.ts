import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { JobsService } from '../../src/maintenance/jobs.service.js';
import { type Person, useApi } from '../support/api.js';
import {
  createGroup,
  agoSeconds,
  createInvite,
  createRunningSession,
  createSession,
  inDays,
  addMembers,
  people,
} from '../support/factories.js';
import { all, created, done, on, onMember, refused, where } from '../support/sdk.js';
import { startSecond } from '../support/second.js';
import { atSeconds, hours, advanceTime } from '../support/time.js';

const api = useApi();
let ana: Person;
let ben: Person;
let cleo: Person;
let staff: Person;

beforeAll(async () => {
  [ana, ben, cleo] = await people(api, 'Ana', 'Ben', 'Cleo');
  staff = await api.person('Staff', { groups: ['admin'] });
});

const archiveExpired = () => done(staff.api.POST('/api/maintenance/archive-expired-groups'));
const get = (group: { id: string }, by = ana) => done(by.api.GET('/api/groups/{id}', on(group)));

/** A group that has ended, with a session that was running, a scheduled one, and a pending invite. */
async function ended() {
  const group = await createGroup(ana, { end_at: agoSeconds(-hours(1)) });
  await addMembers(ana, group, ben);
  const running = await createRunningSession(ana, group, 600);
  await created(ben.api.POST('/api/sessions/{id}/participants', on(running)));
  const scheduled = await createSession(ana, group);
  const invite = await createInvite(ana, group, cleo);
  await advanceTime(api, hours(1) + 120);
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

  it('is archived from its end on, for everybody and in every list', async () => {
    const { group, end } = world;
    expect(await get(group)).toMatchObject({ status: 'archived', archived_at: end, end_at: end });
    expect(await get(group, ben)).toMatchObject({ status: 'archived' });
    const [latest] = await done(ana.api.GET('/api/groups', where({ status: 'archived', limit: 1 })));
    expect(latest).toMatchObject({ id: group.id });
    const active = await all(ana, '/api/groups', { status: 'active', limit: 100 });
    expect(active.map(({ id }) => id)).not.toContain(group.id);
    const { memberships } = await done(ben.api.GET('/api/me'));
    expect(memberships.find(({ group_id }) => group_id === group.id)).toMatchObject({ status: 'archived' });
  });

  it('rejects members, invites, acceptances, sessions, changes and logs', async () => {
    const { group, running, invite } = world;
    await refused(ana.api.PATCH('/api/groups/{id}', on(group, { end_at: inDays(5) })), 'group_archived');
    await refused(ana.api.POST('/api/groups/{id}/members', on(group, { user_id: cleo.id })), 'group_archived');
    await refused(ana.api.POST('/api/groups/{id}:invite', on(group, { recipient_id: cleo.id })), 'group_archived');
    await refused(
      ana.api.PATCH('/api/groups/{id}/members/{userId}', onMember(group, ben, { role: 'admin' })),
      'group_archived',
    );
    await refused(cleo.api.POST('/api/invites/{id}:accept', on(invite)), 'invite_closed');
    await refused(ana.api.POST('/api/sessions', { body: { group_id: group.id } }), 'group_archived');
    const started_at = (await done(ana.api.GET('/api/sessions/{id}', on(running)))).started_at!;
    const span = { started_at, ended_at: atSeconds(started_at, 1) };
    await refused(ben.api.POST('/api/sessions/{id}/logs', on(running, span)), 'group_archived');
  });

  it('has ended its open sessions at its end', async () => {
    const { running, scheduled, end } = world;
    const session = await done(ana.api.GET('/api/sessions/{id}', on(running)));
    expect(session).toMatchObject({ status: 'ended', ended_at: end });
    expect(session.participants.map(({ running, seconds_logged }) => ({ running, seconds_logged }))).toEqual([
      { running: false, seconds_logged: hours(1) + 600 - 1 },
      { running: false, seconds_logged: hours(1) - 1 },
    ]);
    expect(await done(ana.api.GET('/api/sessions/{id}', on(scheduled)))).toMatchObject({
      status: 'ended',
      ended_at: end,
    });
    await refused(ana.api.POST('/api/sessions/{id}:pause', on(running)), 'invalid_session_transition');
    await createRunningSession(ana).then(({ id }) => done(ana.api.POST('/api/sessions/{id}:stop', on({ id }))));
  });

  it('shows its pending invites as expired', async () => {
    const { group, invite } = world;
    expect(await done(cleo.api.GET('/api/notifications/{id}', on(invite)))).toMatchObject({
      status: 'declined',
      data: { reason: 'expired' },
      group: null,
    });
    expect(await done(ana.api.GET('/api/groups/{id}/invites', on(group)))).toEqual([]);
  });

  it('can be read, left and cloned', async () => {
    const { group } = world;
    await done(ben.api.GET('/api/groups/{id}/progress/current', on(group)));
    await created(ben.api.POST('/api/groups/{id}:clone', on(group)));
    await done(ben.api.DELETE('/api/groups/{id}/members/{userId}', onMember(group, ben)));
    expect((await get(group)).members).toHaveLength(1);
  });
});

/** Records the id of every group whose status is updated. */
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

  it('archives each of them once, and returns the number', async () => {
    const worlds = [await createGroup(ana), await createGroup(ana), await createGroup(ana)];
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

  it('requires the maintenance group of the user pool', async () => {
    await refused(ana.api.POST('/api/maintenance/archive-expired-groups'), 'maintenance_only');
    const other = await api.person('Other', { groups: ['administrators', 'ADMIN'] });
    await refused(other.api.POST('/api/maintenance/archive-expired-groups'), 'maintenance_only');
    const access = await api.person('Access', { groups: ['admin'], token_use: 'access' });
    await done(access.api.POST('/api/maintenance/archive-expired-groups'));
  });

  it('by the schedule of two processes at once archives each group once', async () => {
    const other = await startSecond(api);
    try {
      const groups = await Promise.all(Array.from({ length: 5 }, () => createGroup(ana)));
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

  it('by the schedule is retried after a failure', async () => {
    const job = api.app.get(JobsService);
    await api.database.query('DELETE FROM job_runs');
    await api.database.query('ALTER FUNCTION archive_groups_expired_at RENAME TO archive_gone');
    await job.runAll();
    await api.database.query('ALTER FUNCTION archive_gone RENAME TO archive_groups_expired_at');
    const group = await createGroup(ana);
    await api.database.query('UPDATE groups SET end_at = $2 WHERE id = $1', [group.id, agoSeconds(5)]);
    await job.runAll();
    const { rows } = await api.database.query('SELECT status FROM groups WHERE id = $1', [group.id]);
    expect(rows).toEqual([{ status: 'archived' }]);
  });

  it('does not change the end of groups that were archived before', async () => {
    const group = await createGroup(ana, { end_at: inDays(1) });
    const { archived_at } = await done(ana.api.POST('/api/groups/{id}:archive', on(group)));
    await advanceTime(api, hours(30));
    const moved = atSeconds(archived_at ?? '', -hours(30));
    expect(await archiveExpired()).toEqual({ archived: 0 });
    expect(await get(group)).toMatchObject({ status: 'archived', archived_at: moved });
  });
});
