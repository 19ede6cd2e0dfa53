import { beforeAll, describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import type { MemberHistory } from '../../src/progress/progress.dto.js';
import { call } from '../sql/support/fixtures.js';
import { type Person, useApi } from '../support/api.js';
import { bodyOf } from '../support/request.js';
import { people } from '../support/factories.js';
import { setUpDatabase } from './support/setup.js';

/** A day's progress of one person, as psql and the API return it. */
interface Day {
  start: string;
  length: number;
  seconds: number;
  met: boolean;
}

const NEW_YORK = 'America/New_York';

describe('To the second, in SQL and through the API,', () => {
  const api = useApi();
  let client: pg.Client;
  let ana: Person;
  let ben: Person;

  beforeAll(async () => {
    [ana, ben] = await people(api, 'Ana', 'Ben');
    client = await api.connect();
    await setUpDatabase(client);
  });

  const at = (text: string): Date => new Date(text);

  /** A group of Ana and Ben with a daily target of 60 minutes. */
  async function createGroup(zone: string): Promise<string> {
    const [start, end] = [at('2026-01-01T00:00Z'), at('2027-01-01T00:00Z')];
    await client.query(`SELECT set_config('test.clock', '2026-01-01T00:00Z', false)`);
    const values = [ana.id, 'Deep work', '', start, end, zone, 'daily', 60];
    const id = await call<string>(client, 'create_group', values, start);
    await call(client, 'add_member', [ana.id, id, ben.id, 'member'], start);
    return id;
  }

  /** A group in which Ben hosts a session that spans Ana's manual logs. */
  async function groupWithLogs(zone: string, logs: [string, string][]): Promise<string> {
    const id = await createGroup(zone);
    const [first, last] = [at(logs[0]![0]), at(logs.at(-1)![1])];
    const session = await call<string>(client, 'create_session', [ben.id, id, null], first);
    await call(client, 'start_session', [ben.id, session, null], first);
    await call(client, 'stop_session', [ben.id, session, null], last);
    for (const [from, to] of logs) await call(client, 'add_log', [ana.id, session, at(from), at(to)], last);
    return id;
  }

  async function sqlDay(group: string, when: string): Promise<Day> {
    const { rows } = await client.query<{ start: Date; end: Date; seconds: string; met: boolean }>(
      `SELECT period_start AS start, period_end AS end, seconds_done AS seconds, goal_met AS met
         FROM group_progress_at($1, $2) WHERE user_id = $3`,
      [group, when, ana.id],
    );
    const { start, end, seconds, met } = rows[0]!;
    const length = (end.getTime() - start.getTime()) / 1000;
    return { start: start.toISOString(), length, seconds: Number(seconds), met };
  }

  async function apiDay(group: string, day: string): Promise<Day> {
    const path = `/api/groups/${group}/progress/history?from=${day}&to=${day}`;
    const histories = await bodyOf<MemberHistory[]>(ana.get(path).expect(200));
    const [row] = histories.find(({ user_id }) => user_id === ana.id)!.periods;
    const { period_start: start, period_end: end, seconds_done: seconds, goal_met: met } = row!;
    return { start, length: (Date.parse(end) - Date.parse(start)) / 1000, seconds, met };
  }

  const night: [string, string][] = [['2026-03-08T04:30Z', '2026-03-08T05:30Z']];
  const overlapping: [string, string][] = [
    ['2026-07-02T10:00Z', '2026-07-02T11:00Z'],
    ['2026-07-02T10:30Z', '2026-07-02T11:30Z'],
  ];

  it.each<[string, string, [string, string][], string, string, Partial<Day>]>([
    [
      'a log over midnight counts 1800 s on March 7',
      NEW_YORK,
      night,
      '2026-03-07',
      '2026-03-08T04:59:59Z',
      { seconds: 1800 },
    ],
    [
      'and 1800 s on March 8, which lasts 82,800 s',
      NEW_YORK,
      night,
      '2026-03-08',
      '2026-03-08T12:00Z',
      { start: '2026-03-08T05:00:00.000Z', seconds: 1800, length: 82_800 },
    ],
    [
      'September 6 begins at 04:00Z in Santiago, where midnight is skipped',
      'America/Santiago',
      [['2026-09-06T03:30Z', '2026-09-06T04:15Z']],
      '2026-09-06',
      '2026-09-06T12:00Z',
      { start: '2026-09-06T04:00:00.000Z', seconds: 900, length: 82_800 },
    ],
    [
      'November 1 begins at 04:00Z in Havana, where midnight comes twice',
      'America/Havana',
      [['2026-11-01T03:30Z', '2026-11-01T04:15Z']],
      '2026-11-01',
      '2026-11-01T12:00Z',
      { start: '2026-11-01T04:00:00.000Z', seconds: 900, length: 90_000 },
    ],
    ['overlapping logs count 5400 s', 'UTC', overlapping, '2026-07-02', '2026-07-02T12:00Z', { seconds: 5400 }],
    [
      '3599 s do not meet 60 minutes',
      'UTC',
      [['2026-07-02T10:00:00Z', '2026-07-02T10:59:59Z']],
      '2026-07-02',
      '2026-07-02T12:00Z',
      { seconds: 3599, met: false },
    ],
    [
      '3600 s do',
      'UTC',
      [['2026-07-02T10:00:00Z', '2026-07-02T11:00:00Z']],
      '2026-07-02',
      '2026-07-02T12:00Z',
      { seconds: 3600, met: true },
    ],
  ])('%s', async (_, zone, logs, day, when, expected) => {
    const group = await groupWithLogs(zone, logs);
    expect(await sqlDay(group, when)).toMatchObject(expected);
    expect(await apiDay(group, day)).toMatchObject(expected);
  });

  it('a segment that runs since 03:00Z counts 3600 s yesterday and 600 s today at 04:10Z', async () => {
    const group = await createGroup(NEW_YORK);
    const [start, now] = [at('2026-07-02T03:00Z'), at('2026-07-02T04:10Z')];
    const session = await call<string>(client, 'create_session', [ana.id, group, null], start);
    await call(client, 'start_session', [ana.id, session, null], start);
    const history = await call<string>(client, 'progress_history', [ana.id, group, '2026-07-01', '2026-07-02'], now);
    const [mine] = JSON.parse(history) as MemberHistory[];
    expect(mine!.periods.map(({ seconds_done }) => seconds_done)).toEqual([600, 3600]);
    expect(await sqlDay(group, now.toISOString())).toMatchObject({ seconds: 600 });
    await call(client, 'stop_session', [ana.id, session, null], now);
    expect(await apiDay(group, '2026-07-01')).toMatchObject({ seconds: 3600, met: true });
    expect(await apiDay(group, '2026-07-02')).toMatchObject({ seconds: 600, met: false });
  });
});
