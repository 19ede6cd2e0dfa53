import type { components } from './schema.js';

/** `as_of` says as of when the seconds are, where that is earlier than the race's. */
export type MemberProgress = components['schemas']['MemberProgress'] & { as_of?: string };
export type Race = Omit<components['schemas']['Progress'], 'members'> & { members: MemberProgress[] };
export type RaceChanges = components['schemas']['ProgressChanges'];

/** The race after a `changes` event. Whoever is not in it keeps their seconds as of then, and their order among themselves. */
export function applyChanges(race: Race, { as_of, members, removed }: RaceChanges): Race {
  const replaced = new Set([...removed, ...members.map(({ user_id }) => user_id)]);
  const after: MemberProgress[] = race.members
    .filter(({ user_id }) => !replaced.has(user_id))
    .map((member) => (member.running ? { as_of: race.as_of, ...member } : member));
  for (const member of members) after.splice(member.rank - 1, 0, member);
  const ranked = after.map((member, place) => (member.rank === place + 1 ? member : { ...member, rank: place + 1 }));
  return { as_of, members: ranked };
}

/** Whole seconds of a member when the server's clock shows `serverNow`: who runs goes on until the period ends. */
export function secondsAt(race: Pick<Race, 'as_of'>, member: MemberProgress, serverNow: number): number {
  if (!member.running) return member.seconds_done;
  const until = Math.min(serverNow, Date.parse(member.period_end));
  return member.seconds_done + Math.max(0, Math.floor((until - Date.parse(member.as_of ?? race.as_of)) / 1000));
}
