import fc from 'fast-check';
import { type Period, transitions } from '../model/calendar.js';
import type { Verb } from '../model/sessions.js';

/** What a history is made of: a few numbers, which play.ts turns into deeds that make sense where they come. */

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

export type Deed =
  | Verb
  | ('create' | 'join' | 'leave' | 'log' | 'unlog' | 'enter' | 'exit' | 'target' | 'override' | 'end' | 'archive')
  | ('jobs' | 'look');

/** Some milliseconds, or to around the end of the group's period. */
type Wait = { ms: number } | { edge: number };

/** When a phone says it was: nothing, a share of the time since the verb before, or so many milliseconds ago. */
export type Said = { share: number } | { ago: number } | null;

export interface Step {
  wait: Wait;
  deed: Deed;
  who: number;
  which: number;
  said: Said;
  from: number | 'edge';
  to: number | 'edge' | 'goal' | 'short';
  minutes: number | null;
}

export interface Plan {
  zone: string;
  period: Period;
  /** What the history happens around, and what that is. */
  around: number;
  occasion: string;
  begins: number;
  startsAfter: number;
  lasts: number;
  target: number;
  steps: Step[];
}

const wait: fc.Arbitrary<Wait> = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 3 * HOUR }).map((ms) => ({ ms })) },
  {
    weight: 4,
    arbitrary: fc.constantFrom(0, 0, 1, 999, MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 5 * HOUR).map((ms) => ({ ms })),
  },
  { weight: 1, arbitrary: fc.constantFrom(12 * HOUR - 1, 12 * HOUR, 13 * HOUR, DAY, 25 * HOUR).map((ms) => ({ ms })) },
  { weight: 2, arbitrary: fc.constantFrom(-HOUR, -1, 0, 1, 20 * MINUTE).map((edge) => ({ edge })) },
);

export const share = fc.oneof(
  { weight: 1, arbitrary: fc.constantFrom(0, 1) },
  { weight: 3, arbitrary: fc.integer({ min: -2, max: 102 }).map((percent) => percent / 100) },
);

const said: fc.Arbitrary<Said> = fc.oneof(
  { weight: 5, arbitrary: fc.constant(null) },
  { weight: 4, arbitrary: share.map((part) => ({ share: part })) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom(-MINUTE, -MINUTE - 1, 0, 1, HOUR, 11 * HOUR, 7 * DAY, 7 * DAY + 1)
      .map((ago) => ({ ago })),
  },
);

const weights: Record<Deed, number> = {
  create: 4,
  start: 5,
  pause: 3,
  resume: 4,
  stop: 2,
  join: 5,
  leave: 1,
  log: 7,
  unlog: 1,
  enter: 2,
  exit: 1,
  target: 1,
  override: 2,
  end: 0.5,
  archive: 0.1,
  jobs: 1,
  look: 2,
};

const deed = fc.oneof(
  ...Object.entries(weights).map(([name, weight]) => ({
    weight: weight * 10,
    arbitrary: fc.constant(name as Deed),
  })),
);

export const minutes = fc.oneof(fc.integer({ min: 1, max: 60 }), fc.constantFrom(1, 2, 30, 60, 180, 1440));

export const step: fc.Arbitrary<Step> = fc.record({
  wait,
  deed,
  who: fc.nat({ max: 3 }),
  which: fc.nat({ max: 99 }),
  said,
  from: fc.oneof<[fc.Arbitrary<number>, fc.Arbitrary<'edge'>]>(share, fc.constant('edge')),
  to: fc.oneof<[fc.Arbitrary<number>, fc.Arbitrary<'edge' | 'goal' | 'short'>]>(
    share,
    fc.constantFrom('edge', 'goal', 'short'),
  ),
  minutes: fc.option(minutes, { freq: 5 }),
});

/** Everything begins with people in a group and a session that runs: what is more interesting comes sooner. */
const opening: Step[] = (['enter', 'enter', 'create', 'join', 'start'] as const).map((deed, index) => ({
  ...{ wait: { ms: 0 }, deed, who: index === 3 ? 1 : 0, which: 1, said: null, from: 0, to: 1, minutes: 60 },
}));

/** Weeks and months of doing one's minutes or failing by a little, logged in one long session: streaks. */
const routine: fc.Arbitrary<Step[]> = fc
  .array(
    fc.record({
      wait: fc.constantFrom<Wait>({ edge: 2 * HOUR }, { edge: 2 * HOUR }, { edge: 2 * HOUR }, { ms: HOUR }),
      deed: fc.constantFrom<Deed>(...Array<Deed>(12).fill('log'), 'override', 'target', 'jobs', 'exit', 'enter'),
      who: fc.constantFrom(0, 0, 0, 0, 0, 0, 1),
      which: fc.constant(1),
      said: fc.constant(null),
      from: fc.constant<'edge'>('edge'),
      to: fc.constantFrom<'goal' | 'short'>(...Array<'goal'>(7).fill('goal'), 'short'),
      minutes: fc.constantFrom(30, 30, 30, 30, 30, 31),
    }),
    { minLength: 8, maxLength: 24, size: 'max' },
  )
  .map((days) => [{ ...opening[0]!, deed: 'pause', wait: { ms: HOUR } }, ...days]);

const FIRST = Date.UTC(2000, 1, 1);

/** No history lasts longer, also one that goes from week to week: all of it is over by now, as the database's clock asks. */
const LONGEST = 240 * DAY;

/** Clock changes, ends of weeks and years, and any other time, of a past that is over. */
function occasionIn(zone: string, kind: string, nth: number, last: number): { around: number; occasion: string } {
  const changes = kind === 'clock change' ? changesOf(zone).filter((at) => at > FIRST && at < last) : [];
  if (changes.length > 0) return { around: changes[nth % changes.length]!, occasion: 'clock change' };
  if (kind === 'end of a year') return { around: Date.UTC(2001 + (nth % 25), 0, 1), occasion: kind };
  const day = FIRST + (nth % Math.floor((last - FIRST) / DAY)) * DAY;
  if (kind === 'end of a week') {
    return { around: day - ((new Date(day).getUTCDay() + 6) % 7) * DAY, occasion: kind };
  }
  return { around: day, occasion: 'any time' };
}

const changes = new Map<string, number[]>();

function changesOf(zone: string): number[] {
  const known = changes.get(zone) ?? transitions(zone, FIRST, Date.now()).map(({ at }) => at);
  changes.set(zone, known);
  return known;
}

/** Round or to the millisecond, as people and programs set them. */
export const moment = (min: number, max: number): fc.Arbitrary<number> =>
  fc.oneof(
    fc.integer({ min: Math.ceil(min / HOUR), max: Math.floor(max / HOUR) }).map((hours) => hours * HOUR),
    fc.integer({ min, max }),
  );

/** Plans of histories in any of the zones; `now` puts them into the days before now. */
export function plans(zones: string[], options: { now?: number; steps?: number } = {}): fc.Arbitrary<Plan> {
  const { now, steps = 26 } = options;
  const kind = fc.constantFrom('clock change', 'clock change', 'end of a week', 'end of a year', 'any time');
  return fc
    .record({
      zone: fc.constantFrom(...zones),
      period: fc.constantFrom<Period>('daily', 'daily', 'weekly'),
      kind,
      nth: fc.nat({ max: 100_000 }),
      before: moment(0, 2 * DAY),
      startsAfter: fc.oneof(fc.constant(0), moment(-9 * DAY, DAY)),
      lasts: fc.oneof(
        { weight: 1, arbitrary: moment(HOUR, 4 * DAY) },
        { weight: 3, arbitrary: moment(8 * DAY, 30 * DAY) },
        { weight: 1, arbitrary: moment(60 * DAY, 120 * DAY) },
      ),
      target: fc.oneof(minutes, fc.constantFrom(2, 30)),
      steps: fc.oneof(
        { weight: 5, arbitrary: fc.array(step, { minLength: 4, maxLength: steps, size: 'max' }) },
        { weight: 1, arbitrary: routine },
      ),
    })
    .map((drawn) => {
      const past = Date.now() - LONGEST;
      const { around, occasion } =
        now === undefined
          ? occasionIn(drawn.zone, drawn.kind, drawn.nth, past)
          : { around: now, occasion: 'the present' };
      return {
        ...{ zone: drawn.zone, period: drawn.period, around, occasion, begins: around - drawn.before },
        startsAfter: drawn.startsAfter,
        // A group is made with an end that is still to come.
        lasts: Math.max(drawn.lasts, drawn.startsAfter + 1, 1),
        target: drawn.target,
        steps: [...opening, ...drawn.steps],
      };
    });
}
