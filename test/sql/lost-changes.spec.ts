import { beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { pidOf, untilEndedOrWaiting } from '../support/locks.js';
import { routines } from '../support/routines.js';
import { errorCode, useDatabase } from './support/connections.js';
import { insertGroupOfTwo, call, DAY, insertPerson } from './support/fixtures.js';

let first: pg.Client;
let second: pg.Client;
let observer: pg.Client;
let pid: number;
let ana: string;
let ben: string;
let group: string;

useDatabase(async (database) => {
  [first, second, observer] = await Promise.all([database.connect(), database.connect(), database.connect()]);
  pid = await pidOf(second);
});
beforeEach(async () => {
  ({ ana, ben, group } = await insertGroupOfTwo(observer));
});

describe('A session is created', () => {
  it('by members only: a member who is removed while it waits for the group gets a 404', async () => {
    await first.query('BEGIN');
    await call(first, routines.removeMember, [ana, group, ben]);
    const creation = errorCode(call(second, routines.createSession, [ben, group, null]));
    expect(await untilEndedOrWaiting(observer, creation, { pid })).toBe('waiting');
    await first.query('COMMIT');
    expect(await creation).toBe('LK404');
    const { rows } = await observer.query('SELECT id FROM sessions WHERE group_id = $1', [group]);
    expect(rows).toEqual([]);
  });
});

describe('Targets count in the order in which they were committed', () => {
  const setTarget = (client: pg.Client, minutes: number) =>
    call(client, routines.updateGroup, [ana, group, null, null, null, minutes]);
  const setOverride = (client: pg.Client, minutes: number | null) =>
    call(client, routines.updateMember, [ana, group, ben, true, minutes, null]);

  /** What happens next happens in a later millisecond, which is what timestamps tell apart. */
  const nextMillisecond = () => observer.query('SELECT pg_sleep(0.002)');

  /** Ben's target today: as the group shows it now, and as history judges the day once it is over. */
  async function targets(): Promise<{ now: number; afterwards: number }> {
    const { rows } = await observer.query<{ now: number }>(
      `SELECT coalesce(m.override_period_target_minutes, g.period_target_minutes) AS now
         FROM groups g JOIN group_members m ON m.group_id = g.id WHERE g.id = $1 AND m.user_id = $2`,
      [group, ben],
    );
    const day = new Date().toISOString().slice(0, 10);
    const text = await call<string>(
      observer,
      routines.progressHistory,
      [ben, group, day, day],
      new Date(Date.now() + 2 * DAY),
    );
    const members = JSON.parse(text) as { user_id: string; periods: { target_minutes: number }[] }[];
    const { periods } = members.find((member) => member.user_id === ben)!;
    return { now: rows[0]!.now, afterwards: periods[0]!.target_minutes };
  }

  const filed = async (user: string | null): Promise<number | null> => {
    const { rows } = await observer.query<{ target_minutes: number | null }>(
      `SELECT target_minutes FROM target_changes WHERE group_id = $1 AND user_id IS NOT DISTINCT FROM $2
        ORDER BY changed_at DESC, id DESC LIMIT 1`,
      [group, user],
    );
    return rows[0]!.target_minutes;
  };

  it('of the group: the overwriting change is recorded later, also if its transaction began earlier', async () => {
    await first.query('BEGIN; SELECT now()');
    await nextMillisecond();
    await setTarget(second, 20);
    await setTarget(first, 30);
    await first.query('COMMIT');
    expect(await filed(null)).toBe(30);
    expect(await targets()).toEqual({ now: 30, afterwards: 30 });
  });

  it('of a member: the same', async () => {
    await first.query('BEGIN; SELECT now()');
    await nextMillisecond();
    await setOverride(second, 20);
    await setOverride(first, null);
    await first.query('COMMIT');
    expect(await filed(ben)).toBeNull();
    expect(await targets()).toEqual({ now: 60, afterwards: 60 });
  });

  it('also if the transaction that began first waits for the other one', async () => {
    await first.query('BEGIN; SELECT now()');
    await second.query('BEGIN; SELECT now()');
    const began = await pidOf(first);
    await setTarget(second, 20);
    const overwriting = setTarget(first, 30);
    expect(await untilEndedOrWaiting(observer, overwriting, { pid: began })).toBe('waiting');
    await nextMillisecond();
    await second.query('COMMIT');
    await overwriting;
    await first.query('COMMIT');
    expect(await filed(null)).toBe(30);
    expect(await targets()).toEqual({ now: 30, afterwards: 30 });
  });
});

describe('A verified address', () => {
  const FIRST = new Date('2026-01-01T00:00:00Z');
  const BETWEEN = new Date('2026-01-02T00:00:00Z');
  const LATEST = new Date('2026-01-03T00:00:00Z');
  let held: string;
  let other: string;

  const prove = (client: pg.Client, profile: string, address: string, at: Date) =>
    client.query(`SELECT ${routines.proveEmail}($1, $2, $3)`, [profile, address, at]);
  const addresses = async (): Promise<(string | null)[]> => {
    const { rows } = await observer.query<{ email: string | null }>(
      'SELECT email FROM profiles WHERE id = ANY ($1) ORDER BY id = $2 DESC',
      [[ana, ben], ana],
    );
    return rows.map(({ email }) => email);
  };

  beforeEach(async () => {
    [held, other] = [`${randomUUID()}@example.com`, `${randomUUID()}@example.com`];
    await prove(observer, ana, held, FIRST);
  });

  it("stays with its profile if the token is older than the other profile's latest", async () => {
    await prove(observer, ben, other, LATEST);
    await prove(observer, ben, held, BETWEEN);
    expect(await addresses()).toEqual([held, other]);
  });

  it('stays with its profile also if the latest proof commits while the older one waits for it', async () => {
    await first.query('BEGIN');
    await prove(first, ben, other, LATEST);
    const older = prove(second, ben, held, BETWEEN);
    expect(await untilEndedOrWaiting(observer, older, { pid })).toBe('waiting');
    await first.query('COMMIT');
    await older;
    expect(await addresses()).toEqual([held, other]);
  });

  it('that is proved again by a newer token does not wait for transactions that reference the profile', async () => {
    const subject = randomUUID();
    const signIn = (client: pg.Client, at: Date) =>
      client.query(`SELECT ${routines.signIn}('cognito', $1, $2, $3)`, [subject, other, at]);
    await signIn(observer, FIRST);
    const { rows } = await observer.query<{ id: string }>('SELECT id FROM profiles WHERE email = $1', [other]);
    await first.query('BEGIN');
    await first.query('SELECT FROM profiles WHERE id = $1 FOR KEY SHARE', [rows[0]!.id]);
    const again = signIn(second, LATEST);
    const stood = await untilEndedOrWaiting(observer, again, { pid });
    await first.query('COMMIT');
    await again;
    expect(stood).toBe('ended');
    const proved = await observer.query('SELECT email_proved_at FROM profiles WHERE email = $1', [other]);
    expect(proved.rows).toEqual([{ email_proved_at: LATEST }]);
  });

  it('may be taken over by a new profile', async () => {
    const newcomer = await insertPerson(observer);
    await prove(observer, newcomer, held, BETWEEN);
    expect(await addresses()).toEqual([null, null]);
  });
});
