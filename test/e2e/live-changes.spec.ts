import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { setTimeout as after } from 'node:timers/promises';
import { type Person, useApi } from '../support/api.js';
import {
  createGroup,
  agoSeconds,
  createRunningSession,
  createSession,
  addMembers,
  override,
  people,
} from '../support/factories.js';
import { type Second, startSecond } from '../support/second.js';
import { done, on, onMember, type Schema } from '../support/sdk.js';
import { addLog, joinSession, verb } from '../support/sessions.js';
import { type RaceStream, watch } from '../support/stream.js';
import { zoneAtNoon } from '../support/time.js';

type Race = Schema<'MemberProgress'>[];

const api = useApi();
/** Requests go to both instances, streams to this one. */
let there: Second;
let everybody: Person[];
let ana: Person;
let group: Schema<'GroupDetail'>;
let streams: RaceStream[];

beforeAll(async () => {
  there = await startSecond(api);
});
beforeEach(async () => {
  streams = [];
  everybody = [...(await people(api, 'Ana', 'Ben', 'Cleo', 'Dan', 'Eve', 'Fay'))];
  ana = everybody[0]!;
  group = await createGroup(ana, { timezone: zoneAtNoon() });
  await addMembers(ana, group, ...everybody.slice(1));
});
afterEach(() => streams.forEach((stream) => stream.close()));

async function opens(changes = true): Promise<RaceStream> {
  const stream = await watch(there.url, ana.token, group, { changes });
  streams.push(stream);
  return stream;
}

const events = (stream: RaceStream): string[] =>
  [...stream.text().matchAll(/^event: (\w+)$/gm)].map(([, name]) => name!);
const current = (): Promise<Race> => done(ana.api.GET('/api/groups/{id}/progress/current', on(group)));

/** Everything but the seconds and ranks of running members, which change with the clock. */
function still(race: Race): object {
  const running = race.filter((each) => each.running).map((each) => each.user_id);
  const fixed = ({ rank: _, as_of: __, seconds_done, ...others }: Schema<'MemberProgress'>): object => ({
    ...others,
    seconds_done: others.running ? 'counts on' : seconds_done,
  });
  const standing = race.filter((each) => !each.running).map((each) => each.user_id);
  return { running: running.sort(), standing, members: Object.fromEntries(race.map((m) => [m.user_id, fixed(m)])) };
}

/** A linear congruential generator, for the same commands in each run. */
function dice(seed: number): (sides: number) => number {
  let state = seed;
  return (sides) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * sides);
  };
}

describe('A stream of changes', () => {
  it('starts with all members, then contains only changed ones, and nothing without a change', async () => {
    const stream = await opens();
    await stream.next();
    const { id } = await createRunningSession(everybody[1]!, group, 600);
    await stream.until((race) => race[0]!.running);
    await api.database.query("SELECT pg_notify('group_changed', $1)", [group.id]);
    await done(verb(everybody[1]!, id, 'stop'));
    await stream.until((race) => !race[0]!.running);
    expect(events(stream)).toEqual(['progress', 'changes', 'changes']);
    const last = JSON.parse(/data: (.*)\n\n$/.exec(stream.text())![1]!) as Schema<'ProgressChanges'>;
    expect(last).toMatchObject({ members: [{ user_id: everybody[1]!.id, rank: 1, running: false }], removed: [] });
    expect(last.members).toHaveLength(1);
  });

  it('contains all members each time unless changes are requested', async () => {
    const stream = await opens(false);
    await stream.next();
    await createRunningSession(everybody[1]!, group);
    await stream.until((race) => race.some(({ running }) => running));
    expect(new Set(events(stream))).toEqual(new Set(['progress']));
  });

  it('accepts only true and false', async () => {
    await ana.get(`/api/groups/${group.id}/progress/stream?changes=some`).expect(400);
  });

  it.each([1, 2, 3])(
    'is after each act what progress/current answers: %d',
    async (seed) => {
      const roll = dice(seed);
      const stream = await opens();
      await stream.next();
      const sessions = new Map<Person, string>();
      for (const person of everybody) sessions.set(person, (await createSession(person, group)).id);
      const acts: ((person: Person) => Promise<unknown>)[] = [
        ...(['start', 'pause', 'resume', 'stop'] as const).map((name) => (person: Person) => act(person, name)),
        (person) => joinSession(person, sessions.get(everybody[roll(6)]!)!),
        (person) => addLog(person, sessions.get(person)!, agoSeconds(500 + roll(400)), agoSeconds(100 + roll(300))),
        (person) => override(ana, group, person, 1 + roll(90)),
        (person) => person.api.PATCH('/api/me', { body: { display_name: `${person.name} ${roll(9)}` } }),
        () => ana.api.PATCH('/api/groups/{id}', on(group, { period_target_minutes: 1 + roll(90) })),
        (person) => person.api.DELETE('/api/groups/{id}/members/{userId}', onMember(group, person)),
        (person) => ana.api.POST('/api/groups/{id}/members', on(group, { user_id: person.id })),
      ];
      async function act(person: Person, name: 'start' | 'pause' | 'resume' | 'stop'): Promise<unknown> {
        const answer = await verb(person, sessions.get(person)!, name, name === 'start' ? agoSeconds(1000) : undefined);
        if (name === 'stop') sessions.set(person, (await createSession(person, group).catch(() => ({ id: '' }))).id);
        return answer;
      }
      for (let step = 0; step < 25; step++) {
        const person = everybody[roll(6)]!;
        // The request may fail; then nothing changes.
        await Promise.resolve(acts[roll(acts.length)]!(roll(2) ? person : there.as(person))).catch(() => undefined);
        const race = await current();
        await settled(stream, still(race));
        const held = stream.races.at(-1)!;
        for (const each of race.filter(({ running }) => !running))
          expect(held.find(({ user_id }) => user_id === each.user_id)).toMatchObject({
            seconds_done: each.seconds_done,
          });
      }
      expect(events(stream)).toContain('changes');
    },
    60_000,
  );

  async function settled(stream: RaceStream, expected: object): Promise<void> {
    for (const since = Date.now(); Date.now() - since < 5_000; await after(10)) {
      if (JSON.stringify(still(stream.races.at(-1)!)) === JSON.stringify(expected)) return;
    }
    expect(still(stream.races.at(-1)!)).toEqual(expected);
  }
});
