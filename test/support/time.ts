import type { Api } from './api.js';

/** Every column that holds an instant. */
const COLUMNS: Record<string, string[]> = {
  groups: ['start_at', 'end_at', 'archived_at', 'created_at', 'updated_at'],
  group_members: ['created_at'],
  sessions: ['scheduled_start', 'started_at', 'ended_at', 'running_since', 'last_verb_at', 'expires_at', 'created_at'],
  session_participants: ['joined_at', 'left_at', 'session_created_at'],
  time_logs: ['started_at', 'ended_at', 'created_at'],
  notifications: ['created_at', 'read_at'],
  rate_limit_uses: ['used_at'],
  idempotency_keys: ['created_at'],
  target_changes: ['changed_at'],
  milestones: ['reached_at'],
  remembered_streaks: ['until', 'due_at'],
};

/** Moves every row into the past, which has the effect of time passing. Triggers are disabled meanwhile. */
export async function advanceTime(api: Api, seconds: number): Promise<void> {
  for (const [table, columns] of Object.entries(COLUMNS)) {
    const moved = columns.map((column) => `${column} = ${column} - make_interval(secs => $1)`).join(', ');
    await withoutTriggers(api, `UPDATE ${table} SET ${moved}`, [seconds]);
  }
}

/** Runs a statement with all triggers disabled. */
export function withoutTriggers(api: Pick<Api, 'database'>, sql: string, values: unknown[]): Promise<void> {
  return within(api, ["SET LOCAL session_replication_role = 'replica'"], sql, values, []);
}

/** Runs a statement with one trigger disabled, given as `name ON table`. */
export function withoutTrigger(
  api: Pick<Api, 'database'>,
  trigger: string,
  sql: string,
  values: unknown[],
): Promise<void> {
  const [name, table] = trigger.split(' ON ');
  const alter = (what: string): string => `ALTER TABLE ${table} ${what} TRIGGER ${name}`;
  return within(api, [alter('DISABLE')], sql, values, [alter('ENABLE')]);
}

async function within(
  api: Pick<Api, 'database'>,
  before: string[],
  sql: string,
  values: unknown[],
  after: string[],
): Promise<void> {
  const client = await api.database.connect();
  try {
    await client.query('BEGIN');
    for (const each of before) await client.query(each);
    await client.query(sql, values);
    for (const each of after) await client.query(each);
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  } finally {
    client.release();
  }
}

const MINUTE = 60;
export const minutes = (count: number): number => count * MINUTE;
export const hours = (count: number): number => count * 60 * MINUTE;

export const atSeconds = (from: string, seconds: number): string =>
  new Date(Date.parse(from) + seconds * 1000).toISOString();

/** A time zone in which it is about noon, so that no test runs over a midnight. */
export function zoneAtNoon(): string {
  const behind = new Date().getUTCHours() - 12;
  return `Etc/GMT${behind < 0 ? '-' : '+'}${Math.abs(behind)}`;
}

/** The whole seconds of a union of time spans, clamped to a window (specification 6). */
export function secondsCovered(
  spans: { started_at: string; ended_at: string | null }[],
  window: { from: string; to: string },
): number {
  const [from, to] = [Date.parse(window.from), Date.parse(window.to)];
  const cut = spans
    .map(({ started_at, ended_at }) => [Date.parse(started_at), Date.parse(ended_at ?? window.to)] as const)
    .map(([start, end]) => [Math.max(start, from), Math.min(end, to)] as const)
    .sort(([a], [b]) => a - b);
  let covered = 0;
  let reached = from;
  for (const [start, end] of cut) {
    covered += Math.max(0, end - Math.max(start, reached));
    reached = Math.max(reached, end);
  }
  return Math.floor(covered / 1000);
}
