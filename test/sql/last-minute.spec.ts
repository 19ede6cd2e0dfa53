import { beforeEach, describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import { routines } from '../support/routines.js';
import { useDatabase } from './support/connections.js';
import { call, DAY, insertGroup, insertPeople } from './support/fixtures.js';

let client: pg.Client;
let ana: string;
let ben: string;
let group: string;

/** Yesterday's midnight in UTC, at which a period ends and the next one begins. */
const MIDNIGHT = Math.floor(Date.now() / DAY) * DAY - DAY;
const PERIOD = new Date(MIDNIGHT - DAY).toISOString();
const NEXT_PERIOD = new Date(MIDNIGHT).toISOString();

/** `time('23:59:30')` lies before the midnight, `time('00:00:10')` after it. */
function time(clock: string): Date {
  const [hours, minutes, seconds] = clock.split(':').map(Number) as [number, number, number];
  const sinceMidnight = ((hours * 60 + minutes) * 60 + seconds) * 1000;
  return new Date(MIDNIGHT + sinceMidnight - (hours >= 6 ? DAY : 0));
}

useDatabase(async (database) => {
  client = await database.connect();
});
beforeEach(async () => {
  await client.query('DELETE FROM sessions; DELETE FROM groups; DELETE FROM profiles');
  [ana, ben] = (await insertPeople(client, 2)) as [string, string];
  group = await insertGroup(client, { owner: ana, members: [ben] });
});

/** Lets somebody run a session from a time on, of the 60 minutes that everybody is to do. */
async function runs(person: string, since: string): Promise<string> {
  const session = await call<string>(client, routines.createSession, [person, group, null], time(since));
  return call(client, routines.startSession, [person, session, null], time(since));
}

const job = (at: string) => call(client, routines.awardRunningMilestones, [], time(at));

interface Milestone {
  who: string;
  kind: string;
  period: string;
}

/** The milestone notifications: recipient, kind and period. */
async function milestones(): Promise<Milestone[]> {
  const { rows } = await client.query<Milestone>(
    `SELECT CASE recipient_id WHEN $1 THEN 'ana' ELSE 'ben' END AS who, kind::text, data ->> 'period_start' AS period
       FROM notifications WHERE kind IN ('milestone_member', 'milestone_group') ORDER BY kind, who, period`,
    [ana],
  );
  return rows;
}

const OWN = { who: 'ana', kind: 'milestone_member', period: PERIOD };

describe('A target that is met in the last minute of a period is notified once', () => {
  it('by the job after the period, while the session continues', async () => {
    await runs(ana, '22:59:30');
    await job('23:59:00');
    expect(await milestones()).toEqual([]);
    await job('00:00:10');
    expect(await milestones()).toEqual([OWN]);
    await job('00:01:10');
    expect(await milestones()).toEqual([OWN]);
  });

  it.each([routines.pauseSession, routines.stopSession])(
    'when %s comes after the period and before the job',
    async (verb) => {
      const session = await runs(ana, '22:59:30');
      await job('23:59:00');
      await call(client, verb, [ana, session, null], time('00:00:20'));
      await job('00:01:10');
      expect(await milestones()).toEqual([OWN]);
    },
  );

  it('at once when the session is paused in that minute', async () => {
    const session = await runs(ana, '22:59:30');
    await call(client, routines.pauseSession, [ana, session, null], time('23:59:40'));
    expect(await milestones()).toEqual([OWN]);
    await job('00:00:10');
    expect(await milestones()).toEqual([OWN]);
  });

  it('when it was paused in that minute, and the request arrives after the period', async () => {
    const session = await runs(ana, '22:59:30');
    await call(client, routines.pauseSession, [ana, session, time('23:59:40')], time('00:00:20'));
    await job('00:01:10');
    expect(await milestones()).toEqual([OWN]);
  });

  it('when the session ends by itself in that minute', async () => {
    group = await insertGroup(client, { owner: ana, members: [ben], target: 720 });
    await runs(ana, '11:59:40');
    await job('23:59:00');
    expect(await milestones()).toEqual([]);
    await call(client, routines.endExpiredSessions, [], time('00:00:10'));
    await job('00:00:10');
    expect(await milestones()).toEqual([OWN]);
  });

  it('to everybody, when the last member meets the target then', async () => {
    const session = await runs(ben, '20:00:00');
    await call(client, routines.stopSession, [ben, session, null], time('21:30:00'));
    await runs(ana, '22:59:30');
    await job('23:59:00');
    await job('00:00:10');
    expect(await milestones()).toEqual([
      { who: 'ana', kind: 'milestone_group', period: PERIOD },
      { who: 'ben', kind: 'milestone_group', period: PERIOD },
      OWN,
      { ...OWN, who: 'ben' },
    ]);
  });

  it('also if the job was late and did not run for the last minutes', async () => {
    await runs(ana, '22:55:00');
    await job('23:54:30');
    await job('00:02:10');
    expect(await milestones()).toEqual([OWN]);
  });

  it('and not for the next period with a few seconds', async () => {
    await runs(ana, '22:59:30');
    await job('00:00:10');
    await job('01:00:10');
    expect(await milestones()).toEqual([OWN, { ...OWN, period: NEXT_PERIOD }]);
  });
});

describe('A missed target is not notified after a change right after the period', () => {
  /** Ana has done her 60 minutes, Ben half of his. */
  beforeEach(async () => {
    const [hers, his] = [await runs(ana, '20:00:00'), await runs(ben, '22:00:00')];
    await call(client, routines.stopSession, [ana, hers, null], time('21:30:00'));
    await call(client, routines.stopSession, [ben, his, null], time('22:30:00'));
    await job('23:59:00');
    await job('00:00:10');
    expect(await milestones()).toEqual([OWN]);
  });

  it.each<[what: string, change: () => Promise<unknown>]>([
    ['a target', () => call(client, routines.updateGroup, [ana, group, null, null, null, 20], time('00:00:30'))],
    ['an override', () => call(client, routines.updateMember, [ana, group, ben, true, 20, null], time('00:00:30'))],
    ['the removal of a laggard', () => call(client, routines.removeMember, [ana, group, ben], time('00:00:30'))],
    ['the leaving of a laggard', () => call(client, routines.removeMember, [ben, group, ben], time('00:00:30'))],
    ['the deletion of a laggard', () => call(client, routines.deleteAccount, [ben], time('00:00:30'))],
  ])('%s', async (_, change) => {
    await change();
    await job('00:01:10');
    expect(await milestones()).toEqual([OWN]);
  });
});
