import type { Api, Person } from './api.js';
import { inDays } from './factories.js';
import { focuses } from './focus.js';
import { done, type Schema } from './sdk.js';

type Group = Schema<'GroupDetail'>;
type MemberHistory = Schema<'MemberHistory'>;

/** Local dates, both included. */
export type DateRange = { from?: string; to?: string };

export const historyOf = (by: Person, group: Group, query: DateRange = {}): Promise<MemberHistory[]> =>
  done(by.api.GET('/api/groups/{id}/progress/history', { params: { path: group, query } }));

export const memberHistory = async (member: Person, group: Group, query?: DateRange): Promise<MemberHistory> =>
  (await historyOf(member, group, query)).find(({ user_id }) => user_id === member.id)!;

/** The local date some days from today, for groups in zoneAtNoon() or UTC. */
export function localDate({ timezone }: Group, days: number): string {
  const offset = -Number(/[+-]\d+$/.exec(timezone)?.[0] ?? 0);
  return new Date(Date.now() + days * 86_400_000 + offset * 3_600_000).toISOString().slice(0, 10);
}

/** A session at about noon on each of some past days, counted back from today. */
export async function focusesOnDays(
  api: Api,
  person: Person,
  group: Group,
  days: number[],
  seconds = 3600,
): Promise<void> {
  for (const day of days) await focuses(api, person, group, { from: inDays(-day - 0.05), seconds });
}
