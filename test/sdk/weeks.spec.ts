import { afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { type Person, useApi } from '../support/api.js';
import { unionLength } from '../oracle/model/progress.js';
import { WeekClock } from './support/week-clock.js';
import { intervalsOf, WeekPhone } from './support/week-phone.js';

const RUNS = Number(process.env['WEEKS'] ?? 6);
const SEED = Number(process.env['WEEKS_SEED'] ?? Date.now() % 1_000_000_000);
const HOUR = 3600;
const DAY = 24 * HOUR;

/** With the longest step less than a day, so that sessions arrive within a day of their group's end. */
const MAX_OFFLINE_MS = 8 * HOUR * 1000;

interface Step {
  phone: number;
  seconds: number;
  action:
    'press' | 'pressSolo' | 'offline' | 'online' | 'kill' | 'killWhileSending' | 'setClock' | 'badNetwork' | 'jobs';
  choice: number;
}

const action = fc.oneof(
  { weight: 12, arbitrary: fc.constant<Step['action']>('press') },
  { weight: 2, arbitrary: fc.constant<Step['action']>('pressSolo') },
  { weight: 4, arbitrary: fc.constant<Step['action']>('offline') },
  { weight: 4, arbitrary: fc.constant<Step['action']>('online') },
  {
    weight: 5,
    arbitrary: fc.constantFrom<Step['action']>('kill', 'killWhileSending', 'setClock', 'badNetwork', 'jobs'),
  },
);

const step: fc.Arbitrary<Step> = fc.record({
  phone: fc.nat({ max: 3 }),
  seconds: fc.oneof(
    { weight: 5, arbitrary: fc.integer({ min: 2, max: 3 * HOUR }) },
    { weight: 1, arbitrary: fc.integer({ min: 6 * HOUR, max: 15 * HOUR }) },
  ),
  action,
  choice: fc.integer({ min: 0, max: 99 }),
});

const week = fc.record({
  groupEnd: fc.integer({ min: DAY, max: 9 * DAY }),
  skews: fc.array(fc.integer({ min: -5 * HOUR * 1000, max: 5 * HOUR * 1000 }), { minLength: 4, maxLength: 4 }),
  seed: fc.nat(),
  steps: fc.array(step, { minLength: 20, maxLength: 80, size: 'max' }),
});

type Week = typeof week extends fc.Arbitrary<infer T> ? T : never;

const api = useApi();
let clock: WeekClock;
/** The weeks follow one another, so that the jobs find no session of the future. */
let nextWeek = Date.now() - (RUNS + 1) * 9 * DAY * 1000;

beforeAll(async () => {
  clock = new WeekClock(api.database);
});
afterEach(() => {
  jest.restoreAllMocks();
});

/** A small generator of pseudo-random numbers, so that a seed reproduces the losses too. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return (state >>> 0) / 2 ** 32;
  };
}

/** Three people, of whom the first has two phones, and their group. */
async function setUp({ groupEnd, skews, seed }: Week): Promise<{ phones: WeekPhone[]; group: string; end: number }> {
  const exp = Math.floor(Date.now() / 1000) + 30 * DAY;
  clock.begin(nextWeek);
  nextWeek += 9 * DAY * 1000;
  await clock.write();
  const people: Person[] = [];
  for (const name of ['Ana', 'Ben', 'Cleo']) people.push(await api.person(name, { exp }));
  const [ana, ben, cleo] = people as [Person, Person, Person];
  const end = clock.now + groupEnd * 1000;
  const made = await ana
    .post('/api/groups', {
      ...{ name: 'Week', timezone: 'UTC', period: 'daily', period_target_minutes: 60 },
      end_at: new Date(end).toISOString(),
    })
    .expect(201);
  const group = (made.body as { id: string }).id;
  for (const { id } of [ben, cleo]) await ana.post(`/api/groups/${group}/members`, { user_id: id }).expect(201);
  const random = randomFrom(seed);
  const phones = [ana, ana, ben, cleo].map(
    (person, nth) => new WeekPhone(person, api.url, clock, random, skews[nth] ?? 0),
  );
  for (const phone of phones) await act(phone, async () => phone.restart());
  return { phones, group, end };
}

async function take(phones: WeekPhone[], group: string, { phone: nth, action, choice }: Step): Promise<void> {
  const phone = phones[nth]!;
  if (action === 'press') await act(phone, () => phone.press(choice / 100, group));
  else if (action === 'pressSolo') await act(phone, () => phone.press(choice / 100, null));
  else if (action === 'offline') phone.isOnline = false;
  else if (action === 'online') phone.isOnline = true;
  else if (action === 'badNetwork') phone.loss = choice / 125;
  else if (action === 'setClock') await setClock(phone, choice);
  else if (action === 'jobs') await runJobs();
  else if (action === 'kill') await act(phone, async () => phone.restart());
  else await act(phone, () => phone.restartWhileSending());
}

async function runJobs(): Promise<void> {
  await clock.write();
  await api.database.query('SELECT end_expired_sessions($1), archive_groups_expired_at($1)', [new Date(clock.now)]);
}

/** What a person does with a phone. The app sends at once, if it can. */
function act(phone: WeekPhone, work: () => Promise<void>): Promise<void> {
  return clock.as(phone, async () => {
    await work();
    await phone.flush();
  });
}

/**
 * A clock that was set forward cannot be told from a device that slept, until the server responds: it is set back, or while
 * the app is online and asks for something.
 */
async function setClock(phone: WeekPhone, choice: number): Promise<void> {
  if (phone.isOnline) phone.loss = 0;
  const minutes = phone.isOnline ? choice - 50 : -choice;
  if (!phone.isSynchronised || minutes === 0) return;
  phone.setClock(phone.deviceNow() - clock.now + minutes * 60_000);
  if (phone.isOnline) await act(phone, () => phone.refresh());
}

/** Every phone that is online sends. One that was offline, or in a bad network, for long comes online. */
async function sendAll(phones: WeekPhone[]): Promise<void> {
  clock.advance(2);
  for (const phone of phones) {
    if (phone.isOnline && phone.loss === 0) phone.reliableAt = clock.now;
    if (clock.now - phone.reliableAt > MAX_OFFLINE_MS) Object.assign(phone, { isOnline: true, loss: 0 });
    if (phone.isOnline) await clock.as(phone, () => phone.flush());
  }
}

async function play(week: Week): Promise<void> {
  const { phones, group, end } = await setUp(week);
  const last = clock.now + 7 * DAY * 1000;
  try {
    for (const each of week.steps) {
      if (clock.now + each.seconds * 1000 > last) break;
      clock.advance(each.seconds);
      await sendAll(phones);
      await take(phones, group, each);
      await sendAll(phones);
    }
    for (const phone of phones) Object.assign(phone, { isOnline: true, loss: 0 });
    for (let round = 0; round < 4; round++) await sendAll(phones);
    await compare(phones, group, end);
  } finally {
    for (const phone of phones) phone.close();
  }
}

/** The milliseconds that the database has, in the group and in solo sessions. */
async function recorded(person: Person, group: string | null): Promise<number> {
  const { rows } = await api.database.query<{ ms: number }>(
    `SELECT coalesce(sum(extract(epoch FROM upper(span) - lower(span))) * 1000, 0)::float AS ms
       FROM unnest((SELECT range_agg(tstzrange(l.started_at, coalesce(l.ended_at, least(s.expires_at, $3))))
                      FROM time_logs l JOIN session_participants p ON p.id = l.participant_id
                      JOIN sessions s ON s.id = p.session_id
                     WHERE l.user_id = $1 AND l.group_id IS NOT DISTINCT FROM $2)) AS span`,
    [person.id, group, new Date(clock.now)],
  );
  return rows[0]!.ms;
}

async function compare(phones: WeekPhone[], group: string, end: number): Promise<void> {
  await clock.write();
  expect(phones.flatMap(({ unexpected }) => unexpected)).toEqual([]);
  expect(phones.flatMap(({ pending }) => pending)).toEqual([]);
  for (const person of new Set(phones.map((phone) => phone.person))) {
    const own = phones.filter((phone) => phone.person === person);
    const inGroup = unionLength(intervalsOf(own, group, Math.min(end, clock.now)));
    const solo = unionLength(intervalsOf(own, null, clock.now));
    const found = { inGroup: await recorded(person, group), solo: await recorded(person, null) };
    expect({ person: person.name, ...found }).toEqual({ person: person.name, inGroup, solo });
  }
}

describe('A week of four phones', () => {
  it(
    'ends with exactly the time that was pressed, however the network, the clocks and the apps behave',
    async () => {
      await clock.install();
      process.stderr.write(`seed ${SEED}, ${RUNS} weeks\n`);
      await fc.assert(fc.asyncProperty(week, play), { numRuns: RUNS, seed: SEED, endOnFailure: true });
    },
    60_000 + RUNS * 20_000,
  );
});
