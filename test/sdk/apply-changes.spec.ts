import { describe, expect, it } from '@jest/globals';
import type { Race } from '@lockin/sdk';
import fc from 'fast-check';
import { applyChanges, secondsAt } from '../../sdk/src/live/race-changes.js';
import { SentRace } from '../../src/progress/stream/race-changes.js';

/** The generated fields of a member. The other fields follow from the race. */
interface Runner {
  user_id: string;
  /** Milliseconds done at time 0. A running member has `at` more at time `at`. */
  done: number;
  running: boolean;
  target_minutes: number;
  display_name: string | null;
}

const START = Date.parse('2026-10-05T10:00:00.000Z');

function raceOf(runners: Runner[], at: number, period = 0): Race {
  return runners
    .map(({ user_id, done, running, target_minutes, display_name }) => {
      const seconds_done = Math.floor((done + (running ? at : 0)) / 1000);
      const goal_met = seconds_done >= 60 * target_minutes;
      return { user_id, seconds_done, target_minutes, goal_met, display_name, running };
    })
    .sort((a, b) => b.seconds_done - a.seconds_done)
    .map((member, place) => ({
      ...member,
      as_of: new Date(START + at).toISOString(),
      group_id: 'd290f1ee-6c54-4b01-90e6-d701748f0851',
      // Periods differ, and all of them hold every instant of the test: outside of its period nobody's seconds increase.
      period_start: new Date(START - 3_600_000 + period).toISOString(),
      period_end: new Date(START + 3_600_000 + period).toISOString(),
      avatar_url: null,
      role: 'member' as const,
      rank: place + 1,
    }));
}

const runner = (id: number): fc.Arbitrary<Runner> =>
  fc.record({
    user_id: fc.constant(`00000000-0000-4000-8000-${String(id).padStart(12, '0')}`),
    done: fc.integer({ min: 0, max: 20_000 }),
    running: fc.boolean(),
    target_minutes: fc.constantFrom(1, 60),
    display_name: fc.constantFrom('Ana', null),
  });

/** A step of up to 12 members. Most of them do not change, so that only time moves them. */
const step = fc.record({
  passMs: fc.integer({ min: 0, max: 5_000 }),
  leave: fc.array(fc.nat(11), { maxLength: 2 }),
  change: fc.array(
    fc.nat(11).chain((id) => runner(id)),
    { maxLength: 3 },
  ),
  newPeriod: fc.integer({ min: 0, max: 9 }).map((roll) => roll === 0),
});

const withoutSeconds = (race: Race) =>
  race.map(({ as_of: _, seconds_done, ...others }) => ({
    ...others,
    seconds_done: others.running ? 'running' : seconds_done,
  }));

describe('applyChanges', () => {
  it('turns the changes of the stream into the race that a poll gives, within one second', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(11), { minLength: 3 }), fc.array(step, { maxLength: 12 }), (ids, steps) => {
        const present = new Map<string, Runner>(
          ids.map((id) => fc.sample(runner(id), { numRuns: 1, seed: id })[0]!).map((each) => [each.user_id, each]),
        );
        let [at, period] = [0, 0];
        let held = raceOf([...present.values()], at);
        const sent = new SentRace(held);
        for (const { passMs, leave, change, newPeriod } of steps) {
          at += passMs;
          if (newPeriod) period++;
          const all = [...present.keys()];
          for (const nth of leave) if (present.size > 1) present.delete(all[nth] ?? '');
          for (const each of change) {
            const was = present.get(each.user_id);
            // A member who keeps running gains only the time that passes.
            present.set(each.user_id, was?.running && each.running ? { ...each, done: was.done } : each);
          }
          const race = raceOf([...present.values()], at, period);
          const changes = sent.update(race);
          if (changes === 'whole') held = race;
          else if (changes !== 'nothing') {
            expect(changes.as_of).toBe(race[0]!.as_of);
            held = applyChanges(held, {
              as_of: changes.as_of,
              members: [...changes.members],
              removed: [...changes.removed],
            });
          }
          expectSame(held, race, START + at);
        }
      }),
      { numRuns: 1000 },
    );
  });

  function expectSame(held: Race, race: Race, now: number): void {
    expect(
      withoutSeconds(held)
        .map(({ rank: _, ...others }) => others)
        .sort(byId),
    ).toEqual(
      withoutSeconds(race)
        .map(({ rank: _, ...others }) => others)
        .sort(byId),
    );
    for (const member of race) {
      const shown = secondsAt(
        held.find(({ user_id }) => user_id === member.user_id)!,
        now,
      );
      expect([0, 1]).toContain(member.seconds_done - shown);
    }
  }
  const byId = (a: { user_id: string }, b: { user_id: string }): number => (a.user_id < b.user_id ? -1 : 1);
});

describe('A changes event', () => {
  const runners = (count: number): Runner[] =>
    Array.from({ length: count }, (_, n) => ({
      user_id: String(n).padStart(3, '0'),
      done: (count - n) * 1000,
      running: false,
      target_minutes: 60,
      display_name: null,
    }));
  const userIds = (sent: ReturnType<SentRace['update']>): string[] =>
    typeof sent === 'string' ? [sent] : sent.members.map(({ user_id }) => user_id);

  it('is not sent if only the time of running members passed', () => {
    const running = runners(5).map((each) => ({ ...each, running: true }));
    expect(new SentRace(raceOf(running, 0)).update(raceOf(running, 90_500))).toBe('nothing');
  });

  it('contains a running member whose seconds changed by more than the time that passed', () => {
    const [first, ...others] = runners(5).map((each) => ({ ...each, running: true }));
    const changes = new SentRace(raceOf([first!, ...others], 0)).update(
      raceOf([{ ...first!, done: first!.done + 2_000 }, ...others], 10_000),
    );
    expect(changes).toMatchObject({ members: [{ user_id: '000', seconds_done: 17 }], removed: [] });
  });

  it('contains one member if one overtakes 499 others or leaves', () => {
    const all = runners(500);
    const [last, first] = [all.at(-1)!, all[0]!];
    const sent = new SentRace(raceOf(all, 0));
    const passed = [...all.slice(0, -1), { ...last, done: 900_000 }];
    expect(sent.update(raceOf(passed, 0))).toMatchObject({ members: [{ user_id: '499', rank: 1 }], removed: [] });
    const left = passed.filter(({ user_id }) => user_id !== first.user_id);
    expect(sent.update(raceOf(left, 0))).toMatchObject({ members: [], removed: ['000'] });
  });

  it('contains the members who overtake, not those who are overtaken', () => {
    const all = runners(20);
    const runs = { ...all[15]!, running: true };
    const race = [...all.filter(({ user_id }) => user_id !== runs.user_id), runs];
    const sent = new SentRace(raceOf(race, 0));
    const changes = sent.update(raceOf(race, 10_500));
    expect(changes).toMatchObject({ removed: [] });
    expect(userIds(changes)).toEqual([runs.user_id]);
  });

  it('is replaced by the whole race if most members changed, for example in a new period', () => {
    const all = runners(20);
    expect(new SentRace(raceOf(all, 0)).update(raceOf(all, 0, 1))).toBe('whole');
  });
});
