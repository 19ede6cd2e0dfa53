import { JobsService } from '../../src/maintenance/jobs.service.js';
import type { Api, Person } from './api.js';
import { agoSeconds } from './factories.js';
import { all, type Schema } from './sdk.js';

type Notification = Schema<'Notification'>;

/** Starts and stops a session of the person in the past, with the SQL functions of the API. */
export async function recordFocus(
  api: Pick<Api, 'database'>,
  person: Pick<Person, 'id'>,
  group: { id: string },
  { from, seconds }: { from: string; seconds: number },
): Promise<void> {
  await api.database.query(
    `WITH made AS MATERIALIZED (SELECT create_session($1, $2, NULL, $3::timestamptz) AS id),
          started AS MATERIALIZED (SELECT start_session($1, id, NULL, $3) AS id FROM made)
     SELECT stop_session($1, id, NULL, $3 + make_interval(secs => $4)) FROM started`,
    [person.id, group.id, from, seconds],
  );
}

/** The same within the current day of a group in zoneAtNoon(). */
export const recordFocusToday = (api: Api, person: Person, group: { id: string }, minutes: number): Promise<void> =>
  recordFocus(api, person, group, { from: agoSeconds(minutes * 60 + 60), seconds: minutes * 60 });

/** Runs all jobs like a tick, even if they ran less than a minute ago. */
export async function nextTick(api: Pick<Api, 'app' | 'database'>): Promise<void> {
  await api.database.query("UPDATE job_runs SET run_at = run_at - interval '1 minute'");
  await api.app.get(JobsService).runAll();
}

/** A person's notifications of some kinds, oldest first. */
export async function notificationsOf(person: Person, ...kinds: Notification['kind'][]): Promise<Notification[]> {
  const inbox = await all(person, '/api/notifications', { limit: 100 });
  return inbox.filter(({ kind }) => kinds.includes(kind)).reverse();
}

/** The number of each person's milestone notifications: own and group. */
export async function milestonesOf(...persons: Person[]): Promise<[own: number, all: number][]> {
  return Promise.all(
    persons.map(async (person): Promise<[number, number]> => {
      const kinds = (await notificationsOf(person, 'milestone_member', 'milestone_group')).map(({ kind }) => kind);
      return [
        kinds.filter((kind) => kind === 'milestone_member').length,
        kinds.filter((kind) => kind === 'milestone_group').length,
      ];
    }),
  );
}
