import type { MemberProgress } from '../progress.dto.js';
import type { ProgressChanges } from './stream.dto.js';

/** If more of the members have changed, the whole race is sent. */
const MAX_CHANGED = 1 / 2;

/** Fields that may differ although nothing has happened to a member. */
const TIME_DEPENDENT: ReadonlySet<keyof MemberProgress> = new Set(['as_of', 'seconds_done', 'rank']);

/** The race that the clients of events `changes` hold (specification 7). */
export class SentRace {
  /** Each member as last sent, leader first. */
  private sent: ReadonlyMap<string, MemberProgress>;

  constructor(race: readonly MemberProgress[]) {
    this.sent = byUser(race);
  }

  /**
   * What to send so that clients hold this race, which becomes the sent one. A different rank alone is no change: members that
   * are not sent keep their order and fill the places that the sent ones leave.
   */
  update(race: readonly MemberProgress[]): ProgressChanges | 'nothing' | 'whole' {
    const present = byUser(race);
    const removed = [...this.sent.keys()].filter((id) => !present.has(id));
    const places = new Map([...this.sent.keys()].map((id, place) => [id, place]));
    const same = race.filter((member) => isHeld(this.sent.get(member.user_id), member));
    const ordered = ascending(same, ({ user_id }) => places.get(user_id) ?? 0);
    const members = race.filter((member) => !ordered.has(member));
    const [first] = race;
    if (members.length + removed.length === 0) return 'nothing';
    if (first === undefined || members.length > race.length * MAX_CHANGED) {
      this.sent = present;
      return 'whole';
    }
    this.sent = byUser(race.map((member) => (ordered.has(member) && this.sent.get(member.user_id)) || member));
    return { as_of: first.as_of, members, removed };
  }
}

function byUser(race: readonly MemberProgress[]): Map<string, MemberProgress> {
  return new Map(race.map((member) => [member.user_id, member]));
}

/** Whether a client that holds `sent`, and counts on while the member runs, shows this member. */
function isHeld(sent: MemberProgress | undefined, member: MemberProgress): boolean {
  if (sent === undefined) return false;
  const names = Object.keys(member) as (keyof MemberProgress)[];
  if (!names.every((name) => TIME_DEPENDENT.has(name) || member[name] === sent[name])) return false;
  const elapsed = member.running ? Math.floor((Date.parse(member.as_of) - Date.parse(sent.as_of)) / 1000) : 0;
  const counted = sent.seconds_done + elapsed;
  // Both are rounded down, so they may differ by a second.
  return member.seconds_done === counted || (member.running && member.seconds_done === counted + 1);
}

/** The longest subsequence of the items whose places ascend. */
function ascending<T>(items: readonly T[], placeOf: (item: T) => number): Set<T> {
  interface Row {
    readonly item: T;
    readonly place: number;
    readonly before: Row | undefined;
  }
  /** The nth element ends the row of n + 1 items with the lowest last place. */
  const ends: Row[] = [];
  for (const item of items) {
    const place = placeOf(item);
    const length = countBelow(ends, place);
    ends[length] = { item, place, before: ends[length - 1] };
  }
  const kept = new Set<T>();
  for (let row = ends.at(-1); row; row = row.before) kept.add(row.item);
  return kept;
}

/** How many of the ascending places are below a place. */
function countBelow(ends: readonly { place: number }[], place: number): number {
  let [low, high] = [0, ends.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ends[middle]?.place ?? Infinity) < place) low = middle + 1;
    else high = middle;
  }
  return low;
}
