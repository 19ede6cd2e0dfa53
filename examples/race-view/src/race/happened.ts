import { useState } from 'react';
import type { Race, Runner } from '../types.js';

const AT_MOST = 3;

/** The latest that happened in the race, in words: for those who hear it, and those who looked away. */
export function useHappened(race: Race | undefined): string {
  const [told, setTold] = useState<{ race?: Race | undefined; words: string }>({ words: '' });
  if (race === told.race) return told.words;
  const words = (told.race && race && whatHappened(told.race, race)) || told.words;
  setTold({ race, words });
  return words;
}

export function whatHappened(before: Race, after: Race): string {
  const known = new Map(before.members.map((member) => [member.user_id, member]));
  const present = new Set(after.members.map(({ user_id }) => user_id));
  const sentences = [
    ...after.members.flatMap((member) => whatDid(known.get(member.user_id), member)),
    ...before.members.filter(({ user_id }) => !present.has(user_id)).map((member) => `${nameOf(member)} left.`),
  ];
  const more = sentences.length - AT_MOST;
  return [...sentences.slice(0, AT_MOST), ...(more > 0 ? [`And ${more} more.`] : [])].join(' ');
}

function whatDid(before: Runner | undefined, after: Runner): string[] {
  const name = nameOf(after);
  if (!before) return [`${name} joined.`];
  const changes: [boolean, string][] = [
    [after.running && !before.running, `${name} started running.`],
    [!after.running && before.running, `${name} stopped.`],
    [after.goal_met && !before.goal_met, `${name} met the goal!`],
  ];
  return changes.flatMap(([happened, words]) => (happened ? [words] : []));
}

export function nameOf({ display_name }: Pick<Runner, 'display_name'>): string {
  return display_name ?? 'Somebody';
}
