import fc from 'fast-check';
import { type Period, transitions } from '../model/calendar.js';
import type { Verb } from '../model/sessions.js';

/** Generators of scenarios. A step is a few numbers, which commands.ts translates for the state that the model is in. */

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

export type CommandName =
  | Verb
  | (
      | 'create'
      | 'record'
      | 'join'
      | 'leave'
      | 'addLog'
      | 'deleteLog'
      | 'joinGroup'
      | 'leaveGroup'
      | 'target'
      | 'override'
      | 'setEnd'
      | 'archive'
    )
  | ('runJobs' | 'observe');

/** Some milliseconds, or until an offset from the end of the group's period. */
type Wait = { ms: number } | { boundary: number };

/** The `at` of a verb: none, a share of the time since the previous verb, or so many milliseconds ago. */
export type RequestedAt = { share: number } | { ago: number } | null;

export interface Step {
  wait: Wait;
  command: CommandName;
  actor: number;
  choice: number;
  requestedAt: RequestedAt;
  from: number | 'boundary';
  to: number | 'boundary' | 'goal' | 'short';
  minutes: number | null;
}

export interface Scenario {
  zone: string;
  period: Period;
  /** An instant within the scenario, and what happens there. */
  around: number;
  occasion: string;
  createdAt: number;
  startOffset: number;
  duration: number;
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
  { weight: 2, arbitrary: fc.constantFrom(-HOUR, -1, 0, 1, 20 * MINUTE).map((boundary) => ({ boundary })) },
);

export const share = fc.oneof(
  { weight: 1, arbitrary: fc.constantFrom(0, 1) },
  { weight: 3, arbitrary: fc.integer({ min: -2, max: 102 }).map((percent) => percent / 100) },
);

const requestedAt: fc.Arbitrary<RequestedAt> = fc.oneof(
  { weight: 5, arbitrary: fc.constant(null) },
  { weight: 4, arbitrary: share.map((part) => ({ share: part })) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom(-MINUTE, -MINUTE - 1, 0, 1, HOUR, 11 * HOUR, 7 * DAY, 7 * DAY + 1)
      .map((ago) => ({ ago })),
  },
);

const weights: Record<CommandName, number> = {
  create: 4,
  record: 2,
  start: 5,
  pause: 3,
  resume: 4,
  stop: 2,
  join: 5,
  leave: 1,
  addLog: 7,
  deleteLog: 1,
  joinGroup: 2,
  leaveGroup: 1,
  target: 1,
  override: 2,
  setEnd: 0.5,
  archive: 0.1,
  runJobs: 1,
  observe: 2,
};

const command = fc.oneof(
  ...Object.entries(weights).map(([name, weight]) => ({
    weight: weight * 10,
    arbitrary: fc.constant(name as CommandName),
  })),
);

export const minutes = fc.oneof(fc.integer({ min: 1, max: 60 }), fc.constantFrom(1, 2, 30, 60, 180, 1440));

export const step: fc.Arbitrary<Step> = fc.record({
  wait,
  command,
  actor: fc.nat({ max: 3 }),
  choice: fc.nat({ max: 99 }),
  requestedAt,
  from: fc.oneof<[fc.Arbitrary<number>, fc.Arbitrary<'boundary'>]>(share, fc.constant('boundary')),
  to: fc.oneof<[fc.Arbitrary<number>, fc.Arbitrary<'boundary' | 'goal' | 'short'>]>(
    share,
    fc.constantFrom('boundary', 'goal', 'short'),
  ),
  minutes: fc.option(minutes, { freq: 5 }),
});

/** Segments of a recorded session, the last of which ends some time ago: often valid, sometimes too long or overlapping. */
export function recordedSegments(
  now: number,
  { choice, minutes, requestedAt }: Pick<Step, 'choice' | 'minutes' | 'requestedAt'>,
): { start: number; end: number }[] {
  const length = (minutes ?? 60) * MINUTE;
  const gap = choice % 17 === 0 ? -1 : (choice % 5) * MINUTE;
  const last = now - (requestedAt !== null && 'ago' in requestedAt ? requestedAt.ago : choice * 7 * MINUTE);
  const count = 1 + (choice % 3);
  return Array.from({ length: count }, (_, index) => {
    const end = last - (count - 1 - index) * (length + gap);
    return { start: end - length, end };
  });
}

/** Every scenario begins with a group of three and a running session, so that most steps have something to act on. */
const opening: Step[] = (['joinGroup', 'joinGroup', 'create', 'join', 'start'] as const).map((command, index) => ({
  ...{
    wait: { ms: 0 },
    command,
    actor: index === 3 ? 1 : 0,
    choice: 1,
    requestedAt: null,
    from: 0,
    to: 1,
    minutes: 60,
  },
}));

/** Streaks: many periods whose target is met or missed by a millisecond, logged in one long session. */
const streakSteps: fc.Arbitrary<Step[]> = fc
  .array(
    fc.record({
      wait: fc.constantFrom<Wait>({ boundary: 2 * HOUR }, { boundary: 2 * HOUR }, { boundary: 2 * HOUR }, { ms: HOUR }),
      command: fc.constantFrom<CommandName>(
        ...Array<CommandName>(12).fill('addLog'),
        'override',
        'target',
        'runJobs',
        'leaveGroup',
        'joinGroup',
      ),
      actor: fc.constantFrom(0, 0, 0, 0, 0, 0, 1),
      choice: fc.constant(1),
      requestedAt: fc.constant(null),
      from: fc.constant<'boundary'>('boundary'),
      to: fc.constantFrom<'goal' | 'short'>(...Array<'goal'>(7).fill('goal'), 'short'),
      minutes: fc.constantFrom(30, 30, 30, 30, 30, 31),
    }),
    { minLength: 8, maxLength: 24, size: 'max' },
  )
  .map((days) => [{ ...opening[0]!, command: 'pause', wait: { ms: HOUR } }, ...days]);

const FIRST = Date.UTC(2000, 1, 1);

/** More than any scenario takes: all instants must lie before the database's clock. */
const MAX_DURATION = 240 * DAY;

/** An instant of the given kind before `last`. */
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
  const cached = changes.get(zone) ?? transitions(zone, FIRST, Date.now()).map(({ at }) => at);
  changes.set(zone, cached);
  return cached;
}

/** Whole hours, or any millisecond. */
export const offset = (min: number, max: number): fc.Arbitrary<number> =>
  fc.oneof(
    fc.integer({ min: Math.ceil(min / HOUR), max: Math.floor(max / HOUR) }).map((hours) => hours * HOUR),
    fc.integer({ min, max }),
  );

/** Scenarios in any of the zones, at random times in the past, or shortly before `now`. */
export function scenarios(zones: string[], options: { now?: number; steps?: number } = {}): fc.Arbitrary<Scenario> {
  const { now, steps = 26 } = options;
  const kind = fc.constantFrom('clock change', 'clock change', 'end of a week', 'end of a year', 'any time');
  return fc
    .record({
      zone: fc.constantFrom(...zones),
      period: fc.constantFrom<Period>('daily', 'daily', 'weekly'),
      kind,
      nth: fc.nat({ max: 100_000 }),
      before: offset(0, 2 * DAY),
      startOffset: fc.oneof(fc.constant(0), offset(-9 * DAY, DAY)),
      duration: fc.oneof(
        { weight: 1, arbitrary: offset(HOUR, 4 * DAY) },
        { weight: 3, arbitrary: offset(8 * DAY, 30 * DAY) },
        { weight: 1, arbitrary: offset(60 * DAY, 120 * DAY) },
      ),
      target: fc.oneof(minutes, fc.constantFrom(2, 30)),
      steps: fc.oneof(
        { weight: 5, arbitrary: fc.array(step, { minLength: 4, maxLength: steps, size: 'max' }) },
        { weight: 1, arbitrary: streakSteps },
      ),
    })
    .map((generated) => {
      const past = Date.now() - MAX_DURATION;
      const { around, occasion } =
        now === undefined
          ? occasionIn(generated.zone, generated.kind, generated.nth, past)
          : { around: now, occasion: 'the present' };
      return {
        ...{ zone: generated.zone, period: generated.period, around, occasion, createdAt: around - generated.before },
        startOffset: generated.startOffset,
        // A new group's end lies in the future.
        duration: Math.max(generated.duration, generated.startOffset + 1, 1),
        target: generated.target,
        steps: [...opening, ...generated.steps],
      };
    });
}
