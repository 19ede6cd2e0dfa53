import fc from 'fast-check';
import type { Period } from '../model/calendar.js';
import type { Verb } from '../model/sessions.js';
import { DAY, HOUR, MINUTE, minutes, offset, type RequestedAt, share } from './generators.js';

/**
 * Generators of scenarios over HTTP. The server's clock cannot be set, so they run now and reach into the last days only
 * through `at` and logs. They contain no instants: a seed reproduces them at any time.
 */

export type HttpCommandName =
  | Verb
  | ('create' | 'record' | 'join' | 'leave' | 'addLog' | 'deleteLog')
  | ('add' | 'remove' | 'role' | 'override' | 'transfer' | 'invite' | 'accept' | 'decline' | 'rescind')
  | ('target' | 'setEnd' | 'setEndSoon' | 'archive' | 'runJobs' | 'observe');

export interface HttpStep {
  command: HttpCommandName;
  actor: number;
  subject: number;
  choice: number;
  requestedAt: RequestedAt;
  from: number | 'boundary';
  to: number | 'boundary' | 'goal' | 'short' | 'tomorrow';
  minutes: number | null;
}

export interface HttpScenario {
  zone: string;
  period: Period;
  startOffset: number;
  endOffset: number;
  target: number;
  steps: HttpStep[];
}

const weights: Record<HttpCommandName, number> = {
  create: 8,
  record: 6,
  start: 14,
  pause: 14,
  resume: 16,
  stop: 8,
  join: 8,
  leave: 4,
  addLog: 16,
  deleteLog: 3,
  add: 4,
  remove: 4,
  role: 3,
  override: 4,
  transfer: 2,
  invite: 5,
  accept: 4,
  decline: 2,
  rescind: 1,
  target: 2,
  setEnd: 1,
  setEndSoon: 0.5,
  archive: 0.7,
  runJobs: 0.5,
  observe: 3,
};

const command = fc.oneof(
  ...Object.entries(weights).map(([name, weight]) => ({
    weight: weight * 10,
    arbitrary: fc.constant(name as HttpCommandName),
  })),
);

/** Around the limits of `at`: 60 s ahead, and 7 days back. */
const limits = [-MINUTE, -MINUTE / 2, -5 * MINUTE, 1, HOUR, 11 * HOUR, 13 * HOUR, 7 * DAY - 10 * MINUTE, 7 * DAY + 1];

const requestedAt: fc.Arbitrary<RequestedAt> = fc.oneof(
  { weight: 2, arbitrary: fc.constant(null) },
  { weight: 5, arbitrary: share.map((part) => ({ share: part })) },
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 14 * HOUR }).map((ago) => ({ ago })) },
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 7 * DAY - HOUR }).map((ago) => ({ ago })) },
  { weight: 1, arbitrary: fc.constantFrom(...limits).map((ago) => ({ ago })) },
);

const personIndex = fc.nat({ max: 3 });

const step: fc.Arbitrary<HttpStep> = fc.record({
  command,
  actor: personIndex,
  subject: personIndex,
  choice: fc.nat({ max: 99 }),
  requestedAt,
  from: fc.oneof<[fc.Arbitrary<number>, fc.Arbitrary<'boundary'>]>(share, fc.constant('boundary')),
  to: fc.oneof<[fc.Arbitrary<number>, fc.Arbitrary<'boundary' | 'goal' | 'short' | 'tomorrow'>]>(
    share,
    fc.constantFrom('boundary', 'goal', 'short', 'goal', 'short', 'tomorrow'),
  ),
  minutes: fc.option(minutes, { freq: 5 }),
});

/** Every scenario begins with a group of three and a running session, so that most steps have something to act on. */
const opening = (startedAt: RequestedAt): HttpStep[] =>
  (['add', 'invite', 'accept', 'create', 'start', 'join'] as const).map((command, index) => ({
    ...{
      command,
      actor: [0, 0, 0, 0, 0, 1][index]!,
      subject: 0,
      choice: 1,
      requestedAt: startedAt,
      from: 0,
      to: 1,
      minutes: 60,
    },
  }));

/** Scenarios in any of the zones, with groups that start up to nine days ago or eight days from now. */
export function httpScenarios(zones: string[]): fc.Arbitrary<HttpScenario> {
  return fc
    .record({
      zone: fc.constantFrom(...zones),
      period: fc.constantFrom<Period>('daily', 'daily', 'weekly'),
      startOffset: fc.oneof(
        { weight: 6, arbitrary: offset(-9 * DAY, 0) },
        { weight: 1, arbitrary: offset(HOUR, 8 * DAY) },
      ),
      duration: offset(HOUR, 30 * DAY),
      target: minutes,
      startedAt: requestedAt,
      steps: fc.array(step, { minLength: 4, maxLength: 22, size: 'max' }),
    })
    .map(({ duration, startedAt, steps, ...group }) => ({
      ...group,
      endOffset: Math.max(group.startOffset, 0) + duration,
      steps: [...opening(startedAt), ...steps],
    }));
}
