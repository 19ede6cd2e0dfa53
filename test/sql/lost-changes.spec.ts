import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { pidOf, standing } from '../support/locks.js';
import { routines } from '../support/routines.js';
import { openDatabase, refusalOf, type Connections } from './support/connections.js';
import { aClub, call, DAY, person } from './support/world.js';

let database: Connections;
let first: pg.Client;
let second: pg.Client;
let watch: pg.Client;
let pid: number;
let ana: string;
let ben: string;
let club: string;

beforeAll(async () => {
  database = await openDatabase();
  [first, second, watch] = await Promise.all([database.connect(), database.connect(), database.connect()]);
  pid = await pidOf(second);
});
afterAll(() => database.close());
beforeEach(async () => {
  ({ ana, ben, club } = await aClub(watch));
});

describe('A session is created', () => {
  it('by members only: somebody who is removed while it waits for the group gets a 404 and hosts none', async () => {
    await first.query('BEGIN');
    await call(first, routines.removeMember, [ana, club, ben]);
    const creation = refusalOf(call(second, routines.createSession, [ben, club, null]));
    expect(await standing(watch, creation, { pid })).toBe('waiting');
    await first.query('COMMIT');
    expect(await creation).toBe('LK404');
    const { rows } = await watch.query('SELECT id FROM sessions WHERE group_id = $1', [club]);
    expect(rows).toEqual([]);
  });
});

describe('Targets count in the order in which they were committed', () => {
  const setTarget = (client: pg.Client, minutes: number) =>
    call(client, routines.updateGroup, [ana, club, null, null, null, minutes]);
  const setOverride = (client: pg.Client, minutes: number | null) =>
    call(client, routines.updateMember, [ana, club, ben, true, minutes, null]);

  /** What happens next happens in a later millisecond, which is what timestamps tell apart. */
  const nextMillisecond = () => watch.query('SELECT pg_sleep(0.002)');

  /** Ben's target today: as the club shows it now, and as history judges the day once it is over. */
  async function targets(): Promise<{ now: number; afterwards: number }> {
    const { rows } = await watch.query<{ now: number }>(
      `SELECT coalesce(m.override_period_target_minutes, g.period_target_minutes) AS now
         FROM groups g JOIN group_members m ON m.group_id = g.id WHERE g.id = $1 AND m.user_id = $2`,
      [club, ben],
    );
    const day = new Date().toISOString().slice(0, 10);
    const text = await call<string>(
      watch,
      routines.progressHistory,
      [ben, club, day, day],
      new Date(Date.now() + 2 * DAY),
    );
    const members = JSON.parse(text) as { user_id: string; periods: { target_minutes: number }[] }[];
    const { periods } = members.find((member) => member.user_id === ben)!;
    return { now: rows[0]!.now, afterwards: periods[0]!.target_minutes };
  }

  const filed = async (user: string | null): Promise<number | null> => {
    const { rows } = await watch.query<{ target_minutes: number | null }>(
      `SELECT target_minutes FROM target_changes WHERE group_id = $1 AND user_id IS NOT DISTINCT FROM $2
        ORDER BY changed_at DESC, id DESC LIMIT 1`,
      [club, user],
    );
    return rows[0]!.target_minutes;
  };

  it('of the group: the one that overwrites another is filed after it, though its transaction began before', async () => {
    await first.query('BEGIN; SELECT now()');
    await nextMillisecond();
    await setTarget(second, 20);
    await setTarget(first, 30);
    await first.query('COMMIT');
    expect(await filed(null)).toBe(30);
    expect(await targets()).toEqual({ now: 30, afterwards: 30 });
  });

  it('of a member: likewise', async () => {
    await first.query('BEGIN; SELECT now()');
    await nextMillisecond();
    await setOverride(second, 20);
    await setOverride(first, null);
    await first.query('COMMIT');
    expect(await filed(ben)).toBeNull();
    expect(await targets()).toEqual({ now: 60, afterwards: 60 });
  });

  it('also when the one that began first waits for the other', async () => {
    await first.query('BEGIN; SELECT now()');
    await second.query('BEGIN; SELECT now()');
    const began = await pidOf(first);
    await setTarget(second, 20);
    const overwriting = setTarget(first, 30);
    expect(await standing(watch, overwriting, { pid: began })).toBe('waiting');
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
    const { rows } = await watch.query<{ email: string | null }>(
      'SELECT email FROM profiles WHERE id = ANY ($1) ORDER BY id = $2 DESC',
      [[ana, ben], ana],
    );
    return rows.map(({ email }) => email);
  };

  beforeEach(async () => {
    [held, other] = [`${randomUUID()}@example.com`, `${randomUUID()}@example.com`];
    await prove(watch, ana, held, FIRST);
  });

  it('stays with its holder when the token is older than the latest of its own profile', async () => {
    await prove(watch, ben, other, LATEST);
    await prove(watch, ben, held, BETWEEN);
    expect(await addresses()).toEqual([held, other]);
  });

  it('stays with its holder also when the latest proof commits while the older one waits for it', async () => {
    await first.query('BEGIN');
    await prove(first, ben, other, LATEST);
    const older = prove(second, ben, held, BETWEEN);
    expect(await standing(watch, older, { pid })).toBe('waiting');
    await first.query('COMMIT');
    await older;
    expect(await addresses()).toEqual([held, other]);
  });

  it('that is proved again by a newer token does not wait for transactions that name its holder', async () => {
    const subject = randomUUID();
    const signIn = (client: pg.Client, at: Date) =>
      client.query(`SELECT ${routines.signIn}('cognito', $1, $2, $3)`, [subject, other, at]);
    await signIn(watch, FIRST);
    const { rows } = await watch.query<{ id: string }>('SELECT id FROM profiles WHERE email = $1', [other]);
    await first.query('BEGIN');
    await first.query('SELECT FROM profiles WHERE id = $1 FOR KEY SHARE', [rows[0]!.id]);
    const again = signIn(second, LATEST);
    const stood = await standing(watch, again, { pid });
    await first.query('COMMIT');
    await again;
    expect(stood).toBe('ended');
    const proved = await watch.query('SELECT email_proved_at FROM profiles WHERE email = $1', [other]);
    expect(proved.rows).toEqual([{ email_proved_at: LATEST }]);
  });

  it('may be taken by a newcomer, whose own profile then holds it', async () => {
    const newcomer = await person(watch);
    await prove(watch, newcomer, held, BETWEEN);
    expect(await addresses()).toEqual([null, null]);
  });
});
