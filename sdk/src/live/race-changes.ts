import type { MemberProgress, Race, RaceChanges } from '../types.js';

/** Applies a `changes` event. Members who are not in it keep their order; their seconds keep their own `as_of`. */
export function applyChanges(race: Race, { members, removed }: RaceChanges): Race {
  const replaced = new Set([...removed, ...members.map(({ user_id }) => user_id)]);
  const result = race.filter(({ user_id }) => !replaced.has(user_id));
  for (const member of members) result.splice(member.rank - 1, 0, member);
  return result.map((member, index) => (member.rank === index + 1 ? member : { ...member, rank: index + 1 }));
}

/**
 * Returns a member's whole seconds at a time of the server's clock, in milliseconds since 1970. The seconds of a running
 * member increase within the period; others keep `seconds_done`.
 *
 * @example
 * ```ts
 * import { secondsAt, type Race } from '@lockin/sdk';
 * import { lockin } from './lockin';
 *
 * export function secondsOfLeader(race: Race): number {
 *   const [leader] = race;
 *   return leader ? secondsAt(leader, lockin.clock.now()) : 0;
 * }
 * ```
 */
export function secondsAt(member: MemberProgress, serverNow: number): number {
  if (!member.running) return member.seconds_done;
  const from = Math.max(Date.parse(member.as_of), Date.parse(member.period_start));
  const until = Math.min(serverNow, Date.parse(member.period_end));
  return member.seconds_done + Math.max(0, Math.floor((until - from) / 1000));
}
