import type { MemberProgress, Race } from '@lockin/sdk';
import { useState } from 'react';
import { displayName } from '../display-name.js';
import { isolate } from '../language/isolate.js';
import { t } from '../language/language.js';

const MAX_SENTENCES = 3;

/** Describes the latest change of the race in words, for screen readers and for people who looked away. */
export function useAnnouncement(race: Race | undefined): string {
  const [announced, setAnnounced] = useState<{ race?: Race | undefined; text: string }>({ text: '' });
  if (race === announced.race) return announced.text;
  const text = (announced.race && race && describeChanges(announced.race, race)) || announced.text;
  setAnnounced({ race, text });
  return text;
}

export function describeChanges(before: Race, after: Race): string {
  const membersBefore = new Map(before.map((member) => [member.user_id, member]));
  const idsAfter = new Set(after.map(({ user_id }) => user_id));
  const sentences = [
    ...after.flatMap((member) => describeMember(membersBefore.get(member.user_id), member)),
    ...before.filter(({ user_id }) => !idsAfter.has(user_id)).map((member) => t.left(isolate(displayName(member)))),
  ];
  const more = sentences.length - MAX_SENTENCES;
  return [...sentences.slice(0, MAX_SENTENCES), ...(more > 0 ? [t.andMore(more)] : [])].join(' ');
}

function describeMember(before: MemberProgress | undefined, after: MemberProgress): string[] {
  const name = isolate(displayName(after));
  if (!before) return [t.joined(name)];
  const changes: [applies: boolean, sentence: string][] = [
    [after.running && !before.running, t.started(name)],
    [!after.running && before.running, t.stopped(name)],
    [after.goal_met && !before.goal_met, t.metGoal(name)],
  ];
  return changes.flatMap(([applies, sentence]) => (applies ? [sentence] : []));
}
