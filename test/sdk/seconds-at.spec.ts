import { describe, expect, it } from '@jest/globals';
import { type MemberProgress, secondsAt } from '@lockin/sdk';
import { ANA, AS_OF } from './support/race-setup.js';

const asOf = Date.parse(AS_OF);
const running: MemberProgress = { ...ANA, seconds_done: 100, running: true };

describe('secondsAt', () => {
  it('increases while the member is running, and only then', () => {
    expect(secondsAt(running, asOf + 5999)).toBe(105);
    expect(secondsAt({ ...running, running: false }, asOf + 5999)).toBe(100);
  });

  it('never decreases, also if the clock is behind the race', () => {
    expect(secondsAt(running, asOf - 60_000)).toBe(100);
  });

  it('starts at the beginning of the period', () => {
    const future = { ...running, seconds_done: 0, period_start: '2026-10-05T10:00:30.000Z' };
    expect(secondsAt(future, Date.parse(future.period_start))).toBe(0);
    expect(secondsAt(future, Date.parse(future.period_start) + 5000)).toBe(5);
  });

  it('stops at the end of the period', () => {
    const short = { ...running, period_end: '2026-10-05T10:00:30.000Z' };
    expect(secondsAt(short, asOf + 3_600_000)).toBe(130);
    expect(secondsAt({ ...running, period_end: '2026-10-05T09:00:00.000Z' }, asOf + 5000)).toBe(100);
  });
});
