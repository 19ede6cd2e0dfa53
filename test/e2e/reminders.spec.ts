import { beforeEach, describe, expect, it } from '@jest/globals';
import { type Person, useApi } from '../support/api.js';
import {
  createGroup,
  agoSeconds,
  createRunningSession,
  createSession,
  inDays,
  addMembers,
  people,
} from '../support/factories.js';
import { nextTick, notificationsOf } from '../support/focus.js';
import { created, done, on, onMember, type Schema, where } from '../support/sdk.js';
import { atSeconds, hours, advanceTime, minutes } from '../support/time.js';

const api = useApi();
let ana: Person;
let ben: Person;
let group: Schema<'GroupDetail'>;

beforeEach(async () => {
  [ana, ben] = await people(api, 'Ana', 'Ben');
  group = await createGroup(ana, { name: 'Club' });
  await addMembers(ana, group, ben);
});

const reminders = (person: Person): Promise<Schema<'Notification'>[]> => notificationsOf(person, 'session_reminder');
const counts = async (...persons: Person[]) =>
  Promise.all(persons.map(async (person) => (await reminders(person)).length));

/** A session of Ana that is scheduled in so many seconds. */
const planned = (seconds: number) =>
  created(ana.api.POST('/api/sessions', { body: { group_id: group.id, scheduled_start: agoSeconds(-seconds) } }));
const get = ({ id }: { id: string }, by = ana) => done(by.api.GET('/api/sessions/{id}', on({ id })));
const stop = ({ id }: { id: string }, at?: string) =>
  done(ana.api.POST('/api/sessions/{id}:stop', on({ id }, at ? { at } : {})));

describe('Ten minutes before a scheduled start', () => {
  it('every member of the group is notified once', async () => {
    const session = await planned(minutes(20));
    await nextTick(api);
    expect(await counts(ana, ben)).toEqual([0, 0]);
    await advanceTime(api, minutes(10) - 5);
    await nextTick(api);
    expect(await counts(ana, ben)).toEqual([0, 0]);
    await advanceTime(api, 10);
    await nextTick(api);
    const { scheduled_start } = await get(session);
    for (const person of [ana, ben]) {
      expect(await reminders(person)).toMatchObject([
        {
          status: 'pending',
          title: 'Time to focus soon',
          body: 'A session in Club is about to start.',
          group_id: group.id,
          data: { event: 'session_starts_soon', actor_id: ana.id, session_id: session.id, scheduled_start },
        },
      ]);
    }
    await nextTick(api);
    await advanceTime(api, minutes(5));
    await nextTick(api);
    expect(await counts(ana, ben)).toEqual([1, 1]);
  });

  it('the host of a solo session is notified', async () => {
    await created(ana.api.POST('/api/sessions', { body: { scheduled_start: agoSeconds(-minutes(11)) } }));
    await advanceTime(api, minutes(2));
    await nextTick(api);
    expect(await reminders(ana)).toMatchObject([{ body: 'A session is about to start.', group_id: null }]);
    expect(await counts(ben)).toEqual([0]);
  });

  it('nobody is notified if it was less than ten minutes away at creation', async () => {
    await planned(minutes(10) - 5);
    await nextTick(api);
    await advanceTime(api, minutes(5));
    await nextTick(api);
    expect(await counts(ana, ben)).toEqual([0, 0]);
  });

  it('members are notified late if no job ran, but not after the start', async () => {
    await planned(minutes(20));
    await planned(minutes(25));
    await advanceTime(api, minutes(22));
    await nextTick(api);
    expect(await counts(ana, ben)).toEqual([1, 1]);
  });

  it.each([
    ['was started early', (id: string) => done(ana.api.POST('/api/sessions/{id}:start', on({ id })))],
    ['was called off', (id: string) => done(ana.api.POST('/api/sessions/{id}:stop', on({ id })))],
    ['is of a group that was archived', () => done(ana.api.POST('/api/groups/{id}:archive', on(group)))],
  ])('nobody is notified of one that %s', async (_, happens) => {
    const { id } = await planned(minutes(20));
    await happens(id);
    const before = await counts(ana, ben);
    await advanceTime(api, minutes(15));
    await nextTick(api);
    expect(await counts(ana, ben)).toEqual(before);
  });

  it('current members are notified, not former ones', async () => {
    await planned(minutes(20));
    const cleo = await api.person('Cleo');
    await done(ben.api.DELETE('/api/groups/{id}/members/{userId}', onMember(group, ben)));
    await addMembers(ana, group, cleo);
    await advanceTime(api, minutes(11));
    await nextTick(api);
    expect(await counts(ana, ben, cleo)).toEqual([1, 0, 1]);
  });
});

describe('An overlong session', () => {
  const stored = async ({ id }: { id: string }) =>
    (
      await api.database.query<{ status: string; logs: number; open: number }>(
        `SELECT s.status, count(l.id)::int AS logs, count(l.id) FILTER (WHERE l.ended_at IS NULL)::int AS open
           FROM sessions s JOIN session_participants p ON p.session_id = s.id LEFT JOIN time_logs l ON l.participant_id = p.id
          WHERE s.id = $1 GROUP BY s.id`,
        [id],
      )
    ).rows[0]!;

  /** The session in every response that contains it. */
  async function everywhere(session: { id: string }) {
    const one = await get(session);
    const [listed, open, ofGroup] = await Promise.all([
      done(ana.api.GET('/api/sessions', where({ status: 'ended', limit: 100 }))),
      done(ana.api.GET('/api/sessions', where({ status: 'running' }))),
      done(ana.api.GET('/api/groups/{id}', on(group))),
    ]);
    const its = (sessions: Schema<'Session'>[]) => sessions.find(({ id }) => id === session.id);
    expect(its(listed)).toMatchObject({ status: one.status, ended_at: one.ended_at });
    expect(its(ofGroup.sessions)).toMatchObject({ status: one.status, ended_at: one.ended_at });
    expect(its(open)).toBeUndefined();
    expect(one.participants.every(({ running }) => !running)).toBe(true);
    return { status: one.status, ended_at: one.ended_at, seconds: one.participants.map((p) => p.seconds_logged) };
  }

  it('ends after twelve hours, before and after the job, and its host is notified once', async () => {
    const session = await createRunningSession(ana, group, 5);
    await created(ben.api.POST('/api/sessions/{id}/participants', on(session)));
    await advanceTime(api, hours(13));
    const { started_at } = await get(session);
    const before = await everywhere(session);
    expect(before).toMatchObject({ status: 'ended', ended_at: atSeconds(started_at!, hours(12)) });
    expect(before.seconds[0]).toBe(hours(12));
    expect(await stored(session)).toEqual({ status: 'running', logs: 2, open: 2 });

    await nextTick(api);
    expect(await everywhere(session)).toEqual(before);
    expect(await stored(session)).toEqual({ status: 'ended', logs: 2, open: 0 });
    await nextTick(api);
    expect(await reminders(ana)).toMatchObject([
      {
        title: 'Your session has ended',
        body: 'Your session in Club has ended by itself.',
        data: { event: 'session_ended_by_itself', session_id: session.id },
      },
    ]);
    expect(await counts(ben)).toEqual([0]);
  });

  it('ends twelve hours after the last :resume', async () => {
    const { id } = await createRunningSession(ana, undefined, 60);
    await done(ana.api.POST('/api/sessions/{id}:pause', on({ id })));
    await advanceTime(api, hours(11));
    await done(ana.api.POST('/api/sessions/{id}:resume', on({ id })));
    await advanceTime(api, hours(11));
    await nextTick(api);
    expect(await get({ id })).toMatchObject({ status: 'running' });
    await advanceTime(api, hours(1) + 1);
    await nextTick(api);
    expect(await get({ id })).toMatchObject({ status: 'ended' });
    expect(await reminders(ana)).toMatchObject([{ body: 'Your session has ended by itself.', group_id: null }]);
  });

  it('ends with its group', async () => {
    group = await createGroup(ana, { end_at: inDays(0.1) });
    const session = await createRunningSession(ana, group, 5);
    await advanceTime(api, hours(3));
    const { end_at } = await done(ana.api.GET('/api/groups/{id}', on(group)));
    const before = await everywhere(session);
    expect(before).toMatchObject({ status: 'ended', ended_at: end_at });
    await nextTick(api);
    await nextTick(api);
    expect(await everywhere(session)).toEqual(before);
    expect(await stored(session)).toEqual({ status: 'ended', logs: 1, open: 0 });
    expect(await counts(ana)).toEqual([1]);
  });

  it('that was never started ends a day after its scheduled start, else after its creation', async () => {
    const [unplanned, one] = [await createSession(ana, group), await planned(hours(2))];
    await advanceTime(api, hours(24) - 5);
    await nextTick(api);
    expect([(await get(unplanned)).status, (await get(one)).status]).toEqual(['scheduled', 'scheduled']);
    await advanceTime(api, 10);
    const { created_at } = await get(unplanned);
    expect(await get(unplanned)).toMatchObject({ status: 'ended', ended_at: atSeconds(created_at, hours(24)) });
    await nextTick(api);
    expect(await stored(unplanned)).toMatchObject({ status: 'ended' });
    expect((await get(one)).status).toBe('scheduled');
    await advanceTime(api, hours(2));
    await nextTick(api);
    expect(await get(one)).toMatchObject({ status: 'ended', started_at: null });
    const ended = (await reminders(ana)).filter(({ data }) => data['event'] === 'session_ended_by_itself');
    expect(ended.map(({ data }) => data['session_id'])).toEqual([unplanned.id, one.id]);
  });

  it.each([
    ['before the job', () => Promise.resolve()],
    ['after the job', () => nextTick(api)],
  ])('is corrected by the host’s late stop %s; the host is notified once', async (_, happens) => {
    const session = await createRunningSession(ana, group, 5);
    await created(ben.api.POST('/api/sessions/{id}/participants', on(session)));
    await advanceTime(api, hours(14));
    await happens();
    const { started_at } = await get(session);
    const end = atSeconds(started_at!, hours(2));
    expect(await stop(session, end)).toMatchObject({ status: 'ended', ended_at: end });
    expect((await everywhere(session)).seconds[0]).toBe(hours(2));
    await stop(session, atSeconds(started_at!, hours(1)));
    await nextTick(api);
    expect(await everywhere(session)).toMatchObject({ ended_at: end });
    expect(await counts(ana)).toEqual([1]);
  });

  it('is notified once if the host’s verb and the job run at once', async () => {
    const session = await createRunningSession(ana, undefined, 5);
    await advanceTime(api, hours(13));
    const client = await api.database.connect();
    await client.query('BEGIN');
    await client.query('SELECT stop_session($1, $2, NULL, to_ms(now()))', [ana.id, session.id]);
    await nextTick(api);
    await client.query('COMMIT');
    client.release();
    await nextTick(api);
    expect(await stored(session)).toMatchObject({ status: 'ended', open: 0 });
    expect(await counts(ana)).toEqual([1]);
  });

  it('does not block another session', async () => {
    const forgotten = await createRunningSession(ana, group, 5);
    await advanceTime(api, hours(12));
    await createRunningSession(ana, group);
    expect(await get(forgotten)).toMatchObject({ status: 'ended' });
    await nextTick(api);
    expect(await counts(ana)).toEqual([1]);
  });
});
