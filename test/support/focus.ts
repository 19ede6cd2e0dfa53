import { JobsService } from '../../src/maintenance/jobs.service.js';
import type { Api, Person } from './api.js';
import { agoSeconds } from './factories.js';
import { all, type Schema } from './sdk.js';

type Notification = Schema<'Notification'>;

/** Lets somebody focus in a session of their own that began at a moment of the past, by the functions the API calls. */
export async function focuses(
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

/** The same today, an hour ago: for groups in zoneAtNoon(). */
export const focusesToday = (api: Api, person: Person, group: { id: string }, minutes: number): Promise<void> =>
  focuses(api, person, group, { from: agoSeconds(minutes * 60 + 60), seconds: minutes * 60 });

/** Runs the jobs as the next minute's tick does, however lately they ran. */
export async function nextTick(api: Pick<Api, 'app' | 'database'>): Promise<void> {
  await api.database.query("UPDATE job_runs SET run_at = run_at - interval '1 minute'");
  await api.app.get(JobsService).runAll();
}

/** What somebody was told of these kinds, in order. */
export async function toldOf(person: Person, ...kinds: Notification['kind'][]): Promise<Notification[]> {
  const inbox = await all(person, '/api/notifications', { limit: 100 });
  return inbox.filter(({ kind }) => kinds.includes(kind)).reverse();
}

/** How many of each milestone each of them was told of: their own, the group's. */
export async function milestonesOf(...persons: Person[]): Promise<[own: number, all: number][]> {
  return Promise.all(
    persons.map(async (person): Promise<[number, number]> => {
      const kinds = (await toldOf(person, 'milestone_member', 'milestone_group')).map(({ kind }) => kind);
      return [
        kinds.filter((kind) => kind === 'milestone_member').length,
        kinds.filter((kind) => kind === 'milestone_group').length,
      ];
    }),
  );
}
