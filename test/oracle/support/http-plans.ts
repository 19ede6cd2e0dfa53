import fc from 'fast-check';
import type { Period } from '../model/calendar.js';
import type { Verb } from '../model/sessions.js';
import { DAY, HOUR, MINUTE, minutes, moment, type Said, share } from './plans.js';

/**
 * What a history that is driven over HTTP is made of. The server's clock cannot be set: such a history happens now, and
 * reaches back by what phones and people say of the last days. Nothing in it is an instant, so that a seed tells it again.
 */

export type HttpDeed =
  | Verb
  | ('create' | 'join' | 'leave' | 'log' | 'unlog')
  | ('add' | 'remove' | 'role' | 'override' | 'transfer' | 'invite' | 'accept' | 'decline' | 'rescind')
  | ('target' | 'end' | 'endSoon' | 'archive' | 'jobs' | 'look');

export interface HttpStep {
  deed: HttpDeed;
  who: number;
  whom: number;
  which: number;
  said: Said;
  from: number | 'edge';
  to: number | 'edge' | 'goal' | 'short' | 'tomorrow';
  minutes: number | null;
}

export interface HttpPlan {
  zone: string;
  period: Period;
  startsAfter: number;
  endsAfter: number;
  target: number;
  steps: HttpStep[];
}

const weights: Record<HttpDeed, number> = {
  create: 8,
  start: 14,
  pause: 14,
  resume: 16,
  stop: 8,
  join: 8,
  leave: 4,
  log: 16,
  unlog: 3,
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
  end: 1,
  endSoon: 0.5,
  archive: 0.7,
  jobs: 0.5,
  look: 3,
};

const deed = fc.oneof(
  ...Object.entries(weights).map(([name, weight]) => ({
    weight: weight * 10,
    arbitrary: fc.constant(name as HttpDeed),
  })),
);

/** A minute ahead of the server's clock is taken as now; 7 days and a little are too far back. */
const limits = [-MINUTE, -MINUTE / 2, -5 * MINUTE, 1, HOUR, 11 * HOUR, 13 * HOUR, 7 * DAY - 10 * MINUTE, 7 * DAY + 1];

const said: fc.Arbitrary<Said> = fc.oneof(
  { weight: 2, arbitrary: fc.constant(null) },
  { weight: 5, arbitrary: share.map((part) => ({ share: part })) },
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 14 * HOUR }).map((ago) => ({ ago })) },
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 7 * DAY - HOUR }).map((ago) => ({ ago })) },
  { weight: 1, arbitrary: fc.constantFrom(...limits).map((ago) => ({ ago })) },
);

const person = fc.nat({ max: 3 });

const step: fc.Arbitrary<HttpStep> = fc.record({
  deed,
  who: person,
  whom: person,
  which: fc.nat({ max: 99 }),
  said,
  from: fc.oneof<[fc.Arbitrary<number>, fc.Arbitrary<'edge'>]>(share, fc.constant('edge')),
  to: fc.oneof<[fc.Arbitrary<number>, fc.Arbitrary<'edge' | 'goal' | 'short' | 'tomorrow'>]>(
    share,
    fc.constantFrom('edge', 'goal', 'short', 'goal', 'short', 'tomorrow'),
  ),
  minutes: fc.option(minutes, { freq: 5 }),
});

/** Everything begins with people in a group and a session that runs: what is more interesting comes sooner. */
const opening = (began: Said): HttpStep[] =>
  (['add', 'invite', 'accept', 'create', 'start', 'join'] as const).map((deed, index) => ({
    ...{ deed, who: [0, 0, 0, 0, 0, 1][index]!, whom: 0, which: 1, said: began, from: 0, to: 1, minutes: 60 },
  }));

/** Plans of histories in any of the zones, of groups that began up to nine days ago. */
export function httpPlans(zones: string[]): fc.Arbitrary<HttpPlan> {
  return fc
    .record({
      zone: fc.constantFrom(...zones),
      period: fc.constantFrom<Period>('daily', 'daily', 'weekly'),
      startsAfter: fc.oneof(
        { weight: 6, arbitrary: moment(-9 * DAY, 0) },
        { weight: 1, arbitrary: moment(HOUR, 8 * DAY) },
      ),
      lasts: moment(HOUR, 30 * DAY),
      target: minutes,
      began: said,
      steps: fc.array(step, { minLength: 4, maxLength: 22, size: 'max' }),
    })
    .map(({ lasts, began, steps, ...group }) => ({
      ...group,
      endsAfter: Math.max(group.startsAfter, 0) + lasts,
      steps: [...opening(began), ...steps],
    }));
}
