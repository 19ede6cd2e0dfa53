import { describe, expect, it } from '@jest/globals';
import { type MemberProgress, type PendingPress, secondsAt } from '@lockin/sdk';
import { withPending } from '../../sdk/src/offline/pending-race.js';
import { createGroup, createRunningSession } from '../support/factories.js';
import { MINUTE, QueueSetup } from './support/queue-setup.js';

const START = Date.parse('2026-11-27T00:00:00Z');
const at = (minutes: number): number => START + minutes * MINUTE;
const rfc3339 = (ms: number): string => new Date(ms).toISOString();

const OWN = {
  user_id: 'ana',
  as_of: rfc3339(at(600)),
  period_start: rfc3339(START),
  period_end: rfc3339(at(24 * 60)),
  seconds_done: 100,
  running: false,
} as MemberProgress;
const OTHER = { ...OWN, user_id: 'ben' };

/** What the race shows of Ana, some minutes into the day. */
function shown(own: MemberProgress, presses: [PendingPress['kind'], number][], minutes: number): [boolean, number] {
  const sessions = [presses.map(([kind, time]) => ({ kind, time: at(time) }))];
  const [member, other] = withPending([own, OTHER], 'ana', sessions);
  expect(other).toBe(OTHER);
  return [member!.running, secondsAt(member!, at(minutes))];
}

describe('The race with presses that are not yet sent', () => {
  it('counts from a start on, and up to a pause or a stop', () => {
    expect(shown(OWN, [['start', 605]], 615)).toEqual([true, 700]);
    expect(
      shown(
        OWN,
        [
          ['start', 605],
          ['pause', 610],
        ],
        700,
      ),
    ).toEqual([false, 400]);
    expect(
      shown(
        OWN,
        [
          ['start', 605],
          ['pause', 610],
          ['resume', 620],
        ],
        625,
      ),
    ).toEqual([true, 700]);
  });

  it('stops counting where a running session was paused', () => {
    expect(shown({ ...OWN, running: true }, [['pause', 605]], 700)).toEqual([false, 400]);
    expect(
      shown(
        { ...OWN, running: true },
        [
          ['stop', 605],
          ['start', 610],
        ],
        620,
      ),
    ).toEqual([true, 1000]);
  });

  it('counts within the period only', () => {
    expect(
      shown(
        OWN,
        [
          ['start', -30],
          ['stop', 10],
        ],
        20,
      ),
    ).toEqual([false, 700]);
    expect(shown(OWN, [['start', -30]], 10)).toEqual([true, 700]);
  });

  it('keeps what the server counts of another device', () => {
    const [running, seconds] = shown({ ...OWN, running: true }, [['start', 605]], 610);
    expect([running, seconds]).toEqual([true, 700]);
  });
});

describe('The offline queue', () => {
  const app = new QueueSetup();

  it('knows the presses in sessions of a group, whether it created them or not', async () => {
    const group = await createGroup(app.ana);
    const running = await createRunningSession(app.ana, group, 3600);
    await app.queue.pause(running.id);
    await app.emptied();
    app.phone.isOnline = false;
    const resumed = Date.now();
    await app.queue.resume(running.id, resumed);
    const local = await app.queue.createSession({ group_id: group.id });
    await app.queue.start(local);
    const solo = await app.queue.createSession();
    await app.queue.start(solo);
    const presses = app.queue.pendingIn(group.id);
    expect(presses.map((session) => session.map(({ kind }) => kind))).toEqual([['resume'], ['start']]);
    expect(Math.abs(presses[0]![0]!.time - resumed)).toBeLessThan(1500);
    expect(app.queue.pendingIn('another')).toEqual([]);
  });
});
