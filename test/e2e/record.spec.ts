import { beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { type Person, useApi } from '../support/api.js';
import {
  createGroup,
  createGroupOfTwo,
  agoSeconds,
  createRunningSession,
  nobody,
  shiftGroup,
} from '../support/factories.js';
import { bodyOf, type ProblemBody } from '../support/request.js';
import { created, done, on, refused, type Schema } from '../support/sdk.js';
import { logsOf, sessionOf } from '../support/sessions.js';
import { atSeconds, hours, minutes, zoneAtNoon } from '../support/time.js';

const api = useApi();
let ana: Person;
let ben: Person;
let group: Schema<'GroupDetail'>;

beforeEach(async () => {
  ({ ana, ben, group } = await createGroupOfTwo(api, { timezone: zoneAtNoon() }));
});

/** A segment from so many seconds ago until so many seconds ago. */
const segment = (from: number, to: number): Schema<'Segment'> => ({
  started_at: agoSeconds(from),
  ended_at: agoSeconds(to),
});

const record = (by: Person, body: Schema<'RecordSession'>) => by.api.POST('/api/sessions:record', { body });

const secondsOf = async (person: Person): Promise<number> => {
  const race = await done(ana.api.GET('/api/groups/{id}/progress/current', on({ id: group.id })));
  return race.find(({ user_id }) => user_id === person.id)!.seconds_done;
};

describe('A recorded session', () => {
  it('has ended, with the caller as host and the segments as server segments', async () => {
    const segments = [segment(minutes(50), minutes(40)), segment(minutes(30), minutes(10))];
    const { data, response } = await record(ana, { group_id: group.id, segments });
    expect([response.status, response.headers.get('location')]).toEqual([201, `/api/sessions/${data!.id}`]);
    expect(data).toMatchObject({
      group_id: group.id,
      creator_id: ana.id,
      status: 'ended',
      started_at: segments[0]!.started_at,
      ended_at: segments[1]!.ended_at,
      participants: [{ user_id: ana.id, role: 'host', running: false, seconds_logged: minutes(30) }],
    });
    expect(await logsOf(ana, data!.id)).toMatchObject(segments.map((each) => ({ ...each, manual: false })));
    expect(await sessionOf(ben, data!.id)).toEqual(data);
    expect(await secondsOf(ana)).toBe(minutes(30));
  });

  it('is accepted while another session of the caller runs, and time that overlaps counts once', async () => {
    await createRunningSession(ana, group, minutes(20));
    await created(record(ana, { group_id: group.id, segments: [segment(minutes(50), minutes(10))] }));
    const seconds = await secondsOf(ana);
    expect(seconds).toBeGreaterThanOrEqual(minutes(50));
    expect(seconds).toBeLessThan(minutes(50) + 30);
  });

  it('may be a solo session', async () => {
    const session = await created(record(ana, { segments: [segment(minutes(50), minutes(40))] }));
    expect(session).toMatchObject({ group_id: null, status: 'ended' });
    await refused(ben.api.GET('/api/sessions/{id}', on({ id: session.id })), 'not_found');
  });

  it('counts towards goals', async () => {
    const { id } = await createGroup(ana, { timezone: zoneAtNoon(), period_target_minutes: 20 });
    await created(record(ana, { group_id: id, segments: [segment(minutes(50), minutes(20))] }));
    const inbox = await done(ana.api.GET('/api/notifications'));
    const kinds = inbox.filter(({ group_id }) => group_id === id).map(({ kind }) => kind);
    expect(kinds.sort()).toEqual(['milestone_group', 'milestone_member']);
  });

  it('is stored once for each Idempotency-Key, whatever the order of the names', async () => {
    const key = { 'idempotency-key': randomUUID() };
    const [started_at, ended_at] = [agoSeconds(minutes(50)), agoSeconds(minutes(40))];
    const first = await ana.post('/api/sessions:record', { segments: [{ started_at, ended_at }] }, key).expect(201);
    const again = await ana.post('/api/sessions:record', { segments: [{ ended_at, started_at }] }, key).expect(201);
    expect(again.body).toEqual(first.body);
    await ana.post('/api/sessions:record', { segments: [segment(90, 60)] }, key).expect(422);
    expect(await done(ana.api.GET('/api/sessions'))).toHaveLength(1);
  });
});

describe('The range of a recorded session', () => {
  it.each([
    ['begins more than 7 days back', [segment(hours(24 * 7) + 60, hours(24 * 7) - 600)]],
    [
      'lasts longer than 12 hours from its first start to its last end',
      [segment(hours(13), hours(12)), segment(60, 1)],
    ],
    ['ends in the future', [segment(60, -60)]],
  ])('is refused if it %s', async (_, segments) => {
    const problem = await refused(record(ana, { segments }), 'at_out_of_range');
    expect(problem.errors.map(({ pointer }) => pointer)).toEqual(['/segments']);
    expect(await done(ana.api.GET('/api/sessions'))).toEqual([]);
  });

  it('includes 7 days back and 12 hours', async () => {
    const started_at = agoSeconds(hours(24 * 7) - 60);
    const ended_at = atSeconds(started_at, hours(12));
    await created(record(ana, { segments: [{ started_at, ended_at }] }));
  });
});

describe('A group', () => {
  it('takes a recorded session only from its members', async () => {
    const segments = [segment(60, 30)];
    await refused(record(await api.person('Stranger'), { group_id: group.id, segments }), 'not_found');
    await refused(record(ana, { group_id: nobody(), segments }), 'not_found');
  });

  it('that has ended takes what ended before, for 24 hours', async () => {
    const before = { group_id: group.id, segments: [segment(hours(23), hours(22))] };
    await shiftGroup(api, group, { endAt: agoSeconds(hours(22) - 60) });
    await created(record(ana, before));
    await refused(record(ana, { ...before, segments: [segment(hours(23), hours(21))] }), 'group_archived');
    await shiftGroup(api, group, { endAt: agoSeconds(hours(24) + 60) });
    await refused(record(ana, { ...before, segments: [segment(hours(26), hours(25))] }), 'group_archived');
  });

  it('that was archived takes it too, also after the jobs have run', async () => {
    const segments = [segment(minutes(50), minutes(10))];
    await done(ana.api.POST('/api/groups/{id}:archive', on({ id: group.id })));
    await api.database.query('SELECT archive_expired_groups()');
    await created(record(ben, { group_id: group.id, segments }));
    expect(await secondsOf(ben)).toBe(minutes(40));
  });
});

describe('Invalid segments', () => {
  const errorsOf = async (segments: unknown): Promise<ProblemBody['errors']> =>
    (await bodyOf<ProblemBody>(ana.post('/api/sessions:record', { segments }).expect(400))).errors;
  const inOrder = 'must be in order without overlaps, and each must end after it starts';
  const time = 'must be a time with an offset, such as 2026-11-22T18:57:38.123Z, from 2000 to 2099';
  const list = 'must be a list of 1 to 100 objects';

  it.each([
    ['that end before they start', [segment(30, 60)]],
    ['without a length', [{ started_at: '2026-11-22T18:57:38.1231Z', ended_at: '2026-11-22T18:57:38.1239Z' }]],
    ['in the wrong order', [segment(30, 20), segment(60, 40)]],
    ['that overlap', [segment(60, 40), segment(41, 30)]],
  ])('are refused: %s', async (_, segments) => {
    expect(await errorsOf(segments)).toEqual([{ pointer: '/segments', detail: inOrder }]);
  });

  it('are all named, with unknown and missing fields', async () => {
    const errors = await errorsOf([
      segment(60, 50),
      { started_at: 'now', note: 1 },
      7,
      { 'a/b': 1, ...segment(40, 30) },
    ]);
    expect(errors).toEqual([
      { pointer: '/segments/1/note', detail: 'is not a known property' },
      { pointer: '/segments/3/a~1b', detail: 'is not a known property' },
      { pointer: '/segments/1/started_at', detail: time },
      { pointer: '/segments/1/ended_at', detail: 'is required' },
      { pointer: '/segments/2/started_at', detail: 'is required' },
      { pointer: '/segments/2/ended_at', detail: 'is required' },
    ]);
  });

  it.each([
    ['absent', undefined, 'is required'],
    ['null', null, list],
    ['an object', {}, list],
    ['text', 'now', list],
    ['empty', [], list],
    ['101', Array<unknown>(101).fill(segment(60, 30)), list],
    ['nested', [[segment(60, 30)]], undefined],
    ['named __proto__', [JSON.parse('{"__proto__": {"started_at": 1}}')], undefined],
  ])('are refused as a list: %s', async (_, segments, detail) => {
    const errors = await errorsOf(segments);
    if (detail) expect(errors).toEqual([{ pointer: '/segments', detail }]);
    else expect(errors!.map(({ pointer }) => pointer)).toContain('/segments/0/started_at');
  });
});
