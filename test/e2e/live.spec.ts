import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { setTimeout as after } from 'node:timers/promises';
import { type Person, useApi } from '../support/api.js';
import { type ApiProcess, startApiProcess } from '../support/api-process.js';
import {
  createGroup,
  agoSeconds,
  createRunningSession,
  createSession,
  inDays,
  addMembers,
  override,
  people,
} from '../support/factories.js';
import { created, done, on, onMember, type Schema } from '../support/sdk.js';
import { addLog, joinSession, logsOf, type Verb, verb } from '../support/sessions.js';
import { type RaceStream, watch } from '../support/stream.js';
import { atSeconds, hours, withoutTriggers, zoneAtNoon } from '../support/time.js';

type Race = Schema<'MemberProgress'>[];

const api = useApi();
/** Requests go to the test's instance, streams to this process. */
let there: ApiProcess;
let ana: Person;
let ben: Person;
let cleo: Person;
let group: Schema<'GroupDetail'>;
let streams: RaceStream[];

beforeAll(async () => {
  there = await startApiProcess(api, { METRICS_ENABLED: 'true' });
});
beforeEach(async () => {
  streams = [];
  [ana, ben, cleo] = await people(api, 'Ana', 'Ben', 'Cleo');
  group = await createGroup(ana, { timezone: zoneAtNoon() });
  await addMembers(ana, group, ben);
});
afterEach(() => streams.forEach((stream) => stream.close()));

async function opens(person: Person, watched: { id: string } = group, changes = false): Promise<RaceStream> {
  const stream = await watch(there.url, person.token, watched, { changes });
  streams.push(stream);
  return stream;
}

const of = (race: Race, person: Person): Schema<'MemberProgress'> | undefined =>
  race.find(({ user_id }) => user_id === person.id);

/** A metric of the other process. */
async function counted(name: string): Promise<number> {
  const text = await (await fetch(`${there.url}/metrics`)).text();
  return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1]);
}

describe('A stream', () => {
  it('starts with all members, exactly as in progress/current', async () => {
    await createRunningSession(ana, group, 600);
    const stream = await opens(ben);
    const race = await stream.next();
    const current = await done(ben.api.GET('/api/groups/{id}/progress/current', on(group)));
    const still = (progress: Race) =>
      JSON.stringify(progress, (key, value: unknown) => (['as_of', 'seconds_done'].includes(key) ? '' : value));
    expect(still(race)).toBe(still(current));
    expect(of(race, ana)?.seconds_done).toBeGreaterThanOrEqual(600);
    expect(stream.text()).toMatch(/^retry: 1000\n\nevent: progress\ndata: \[\{"as_of".*\}\]\n\n$/);
  });

  it('has headers against buffering, and those of every response', async () => {
    const { headers } = await opens(ben);
    expect(Object.fromEntries(headers)).toMatchObject({
      'content-type': 'text/event-stream',
      'cache-control': 'private, no-cache, no-transform',
      'x-accel-buffering': 'no',
      'x-request-id': expect.any(String),
      'x-content-type-options': 'nosniff',
    });
  });

  it('responds to HEAD without being opened', async () => {
    const path = `/api/groups/${group.id}/progress/stream`;
    const answer = await fetch(there.url + path, { method: 'HEAD', headers: { authorization: `Bearer ${ben.token}` } });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/event-stream']);
    expect(await answer.text()).toBe('');
    expect(await counted('lockin_live_streams')).toBe(0);
  });
});

describe('A change in one process is sent by another one:', () => {
  let session: string;
  let stream: RaceStream;
  const act = (name: Verb, by = ana) => done(verb(by, session, name));

  const changes: [what: string, happens: () => Promise<unknown>, shows: (race: Race) => boolean][] = [
    ['start', () => act('start'), (race) => of(race, ana)!.running],
    ['pause', () => act('pause'), (race) => !of(race, ana)!.running],
    ['resume', () => act('resume'), (race) => of(race, ana)!.running],
    ['joining a session', () => created(joinSession(ben, session)), (race) => of(race, ben)!.running],
    [
      'leaving a session',
      () => done(ben.api.DELETE('/api/sessions/{id}/participants/{userId}', onMember({ id: session }, ben))),
      (race) => !of(race, ben)!.running,
    ],
    ['stop', () => act('stop'), (race) => !of(race, ana)!.running],
    ['time by hand', () => addsLog(), (race) => of(race, ben)!.seconds_done >= 1800],
    ['taking it back', () => takeBack(), (race) => of(race, ben)!.seconds_done < 1800],
    [
      'a target',
      () => done(ana.api.PATCH('/api/groups/{id}', on(group, { period_target_minutes: 45 }))),
      (race) => of(race, ben)!.target_minutes === 45,
    ],
    ['an override', () => override(ana, group, ben, 30), (race) => of(race, ben)!.target_minutes === 30],
    [
      'a role',
      () => done(ana.api.PATCH('/api/groups/{id}/members/{userId}', onMember(group, ben, { role: 'admin' }))),
      (race) => of(race, ben)!.role === 'admin',
    ],
    ['a name', () => done(ana.api.PATCH('/api/me', { body: { display_name: 'Anne' } })), (race) => named(race, 'Anne')],
    ['somebody who joins', () => addMembers(ana, group, cleo), (race) => of(race, cleo) !== undefined],
    [
      'somebody who leaves',
      () => done(cleo.api.DELETE('/api/groups/{id}/members/{userId}', onMember(group, cleo))),
      (race) => of(race, cleo) === undefined,
    ],
    ['the end', () => done(ana.api.POST('/api/groups/{id}:archive', on(group))), (race) => endsBefore(race, inDays(0))],
  ];

  const named = (race: Race, name: string) => race.some(({ display_name }) => display_name === name);
  const endsBefore = (race: Race, moment: string) => race.every(({ period_end }) => period_end <= moment);
  const addsLog = () => created(addLog(ben, session, agoSeconds(3600), agoSeconds(1800)));
  const takeBack = async () => {
    const byHand = (await logsOf(ben, session)).find(({ manual }) => manual)!;
    return done(ben.api.DELETE('/api/sessions/{id}/logs/{logId}', on({ id: session, logId: byHand.id })));
  };

  it(changes.map(([what]) => what).join(', '), async () => {
    session = (await createSession(ana, group)).id;
    stream = await opens(ben);
    expect(of(await stream.next(), ana)?.running).toBe(false);
    for (const [what, happens, shows] of changes) {
      if (what === 'start') await done(verb(ana, session, 'start', agoSeconds(4000)));
      else await happens();
      await stream.until(shows);
    }
  });

  it('the deletion of an account', async () => {
    await addMembers(ana, group, cleo);
    stream = await opens(ben);
    await done(cleo.api.DELETE('/api/me'));
    await stream.until((race) => race.length === 2);
  });

  it('a transaction that was open when the stream was opened', async () => {
    session = (await createSession(ana, group)).id;
    const client = await api.database.connect();
    await client.query('BEGIN');
    await client.query('SELECT start_session($1, $2, NULL, to_ms(now()))', [ana.id, session]);
    const watching = opens(ben);
    await after(300);
    await client.query('COMMIT');
    client.release();
    stream = await watching;
    await stream.until((race) => of(race, ana)!.running);
  });

  it('committed changes only', async () => {
    stream = await opens(ben);
    const client = await api.database.connect();
    await client.query('BEGIN');
    await client.query('UPDATE group_members SET override_period_target_minutes = 7 WHERE group_id = $1', [group.id]);
    await client.query('ROLLBACK');
    client.release();
    await done(ana.api.PATCH('/api/groups/{id}', on(group, { period_target_minutes: 45 })));
    await stream.until((race) => race.every(({ target_minutes }) => target_minutes === 45));
    expect(stream.text()).not.toContain('"target_minutes":7');
  });
});

describe('A change by time alone is sent when it is due:', () => {
  /** The delay of an event in milliseconds. */
  const late = (race: Race, due: string): number => Date.parse(race[0]!.as_of) - Date.parse(due);

  it('a running member meets the target', async () => {
    await done(ana.api.PATCH('/api/groups/{id}', on(group, { period_target_minutes: 1 })));
    const { started_at } = await createRunningSession(ana, group, 58);
    const stream = await opens(ben);
    expect(of(await stream.next(), ana)).toMatchObject({ running: true, goal_met: false });
    const race = await stream.until((each) => of(each, ana)!.goal_met);
    expect(of(race, ana)).toMatchObject({ running: true, seconds_done: 60 });
    expect(late(race, atSeconds(started_at!, 60))).toBeLessThan(500);
  });

  it('the same with earlier, overlapping time', async () => {
    await done(ana.api.PATCH('/api/groups/{id}', on(group, { period_target_minutes: 2 })));
    const { id } = await createRunningSession(ana, group, 200);
    await done(verb(ana, id, 'pause', agoSeconds(120)));
    await created(addLog(ana, id, agoSeconds(150), agoSeconds(110)));
    const before = 90;
    await done(verb(ana, id, 'resume', agoSeconds(28)));
    const stream = await opens(ben);
    expect(of(await stream.next(), ana)?.seconds_done).toBeGreaterThanOrEqual(before + 28);
    const race = await stream.until((each) => of(each, ana)!.goal_met);
    expect(of(race, ana)).toMatchObject({ running: true, seconds_done: 120 });
  });

  it('a session ends by itself', async () => {
    const { id, started_at } = await createRunningSession(ana, group, hours(12) - 2);
    const stream = await opens(ben);
    await stream.until((race) => of(race, ana)!.running);
    const race = await stream.until((each) => !of(each, ana)!.running);
    expect(late(race, atSeconds(started_at!, hours(12)))).toBeLessThan(500);
    await done(ana.api.POST('/api/sessions/{id}:stop', on({ id })));
  });

  it('the group begins, while a session runs already', async () => {
    const start_at = new Date(Date.now() + 2_000).toISOString();
    group = await createGroup(ana, { timezone: zoneAtNoon(), start_at });
    await addMembers(ana, group, ben);
    await createRunningSession(ana, group, 60);
    const [stream, changes] = [await opens(ben), await opens(ben, group, true)];
    for (const each of [stream, changes]) {
      expect(of(await each.next(), ana)).toMatchObject({ running: false, seconds_done: 0, period_start: start_at });
      const race = await each.until((members) => of(members, ana)!.running);
      expect(of(race, ana)).toMatchObject({ running: true, seconds_done: 0 });
      expect(late(race, start_at)).toBeLessThan(200);
    }
  });

  it('the group ends', async () => {
    const ends = new Date(Date.now() + 2_000).toISOString();
    await done(ana.api.PATCH('/api/groups/{id}', on(group, { end_at: ends })));
    await createRunningSession(ana, group);
    const stream = await opens(ben);
    await stream.until((race) => of(race, ana)!.running);
    const race = await stream.until((each) => !of(each, ana)!.running);
    expect(late(race, ends)).toBeLessThan(500);
  });

  it('a period begins', async () => {
    const midnight = Date.now() + 2_000;
    const zone = zoneWithMidnightAt(midnight);
    await withoutTriggers(api, 'UPDATE groups SET timezone = $2 WHERE id = $1', [group.id, zone]);
    await createRunningSession(ana, group, 600);
    const stream = await opens(ben);
    expect(of(await stream.next(), ana)?.seconds_done).toBeGreaterThanOrEqual(600);
    const race = await stream.until((each) => of(each, ana)!.seconds_done < 600);
    expect(of(race, ana)).toMatchObject({ running: true, seconds_done: 0 });
    expect(late(race, of(race, ana)!.period_start)).toBeLessThan(500);
    expect(Math.abs(Date.parse(of(race, ana)!.period_start) - midnight)).toBeLessThan(1000);
  });

  /** A POSIX time zone with an offset in seconds, positive to the west. */
  function zoneWithMidnightAt(moment: number): string {
    const ofDay = Math.round(moment / 1000) % 86_400;
    const west = ofDay < 43_200;
    const offset = new Date((west ? ofDay : 86_400 - ofDay) * 1000).toISOString().slice(11, 19);
    return `LKT${west ? '+' : '-'}${offset}`;
  }
});

describe('Many streams of one group', () => {
  it('need one query per change', async () => {
    const others = await people(api, 'Dan', 'Eve', 'Fay', 'Gil');
    for (const person of others)
      await created(ana.api.POST('/api/groups/{id}/members', on(group, { user_id: person.id })));
    const all = await Promise.all(others.flatMap((person) => [1, 2, 3, 4, 5].map(() => opens(person))));
    await Promise.all(all.map((stream) => stream.next()));
    expect(await counted('lockin_live_streams')).toBe(all.length);
    const before = await readsWhenQuiet();
    const { id } = await createRunningSession(ana, group);
    await Promise.all(all.map((stream) => stream.until((race) => of(race, ana)!.running)));
    expect(await counted('lockin_live_race_reads_total')).toBe(before + 1);
    await done(ana.api.POST('/api/sessions/{id}:stop', on({ id })));
    await Promise.all(all.map((stream) => stream.until((race) => !of(race, ana)!.running)));
    expect(await counted('lockin_live_race_reads_total')).toBe(before + 2);
    expect(new Set(all.map((stream) => JSON.stringify(stream.races.at(-1)))).size).toBe(1);
  });

  /** Waits until all earlier changes have been sent. */
  async function readsWhenQuiet(): Promise<number> {
    for (let reads = NaN; ; await after(300)) {
      const now = await counted('lockin_live_race_reads_total');
      if (now === reads) return now;
      reads = now;
    }
  }
});
