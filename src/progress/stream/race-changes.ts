import type { MemberProgress, Progress } from '../progress.dto.js';
import type { ProgressChanges } from './stream.dto.js';

/** A member as they were sent last, at that time in milliseconds. */
interface Sent {
  readonly member: MemberProgress;
  readonly asOf: number;
}

/** Above this part of the members the whole race is sent, so nobody puts together what is nearly all new. */
const MOST_CHANGED = 1 / 2;

/** What may differ though nothing has happened to a member. */
const ABOUT_TIME: ReadonlySet<keyof MemberProgress> = new Set(['seconds_done', 'rank']);

/** A race as those hold it who are sent its changes (specification 7). */
export class SentRace {
  /** Leader first. */
  private sent = new Map<string, Sent>();

  constructor(race: Progress) {
    this.reset(race);
  }

  /**
   * What to send for holding this race instead, which is then the one that is held. Somebody's rank alone is no change:
   * who is not sent keeps the order among themselves, and fills the places that those leave who are.
   */
  update(race: Progress): ProgressChanges | 'nothing' | 'whole' {
    const asOf = Date.parse(race.as_of);
    const present = new Set(race.members.map(({ user_id }) => user_id));
    const removed = [...this.sent.keys()].filter((id) => !present.has(id));
    const held = new Map([...this.sent.keys()].map((id, place) => [id, place]));
    const same = race.members.filter((member) => isHeld(this.sent.get(member.user_id), member, asOf));
    const ordered = ascending(same, ({ user_id }) => held.get(user_id) ?? 0);
    const members = race.members.filter((member) => !ordered.has(member));
    if (members.length + removed.length === 0) return 'nothing';
    if (members.length > race.members.length * MOST_CHANGED) {
      this.reset(race);
      return 'whole';
    }
    const sendNow = (member: MemberProgress): Sent => ({ member, asOf });
    this.sent = new Map(
      race.members.map((member) => {
        const before = ordered.has(member) ? this.sent.get(member.user_id) : undefined;
        return [member.user_id, before ?? sendNow(member)];
      }),
    );
    return { as_of: race.as_of, members, removed };
  }

  private reset({ as_of, members }: Progress): void {
    const asOf = Date.parse(as_of);
    this.sent = new Map(members.map((member) => [member.user_id, { member, asOf }]));
  }
}

/** Whether somebody who holds `sent` shows this member as they are, having counted on while they ran. */
function isHeld(sent: Sent | undefined, member: MemberProgress, asOf: number): boolean {
  if (sent === undefined) return false;
  const names = Object.keys(member) as (keyof MemberProgress)[];
  if (!names.every((name) => ABOUT_TIME.has(name) || member[name] === sent.member[name])) return false;
  // Both are rounded down, so they may be a second apart.
  const counted = sent.member.seconds_done + (member.running ? Math.floor((asOf - sent.asOf) / 1000) : 0);
  return member.seconds_done === counted || (member.running && member.seconds_done === counted + 1);
}

/** The most of the items that can be kept so that their places ascend. */
function ascending<T>(items: readonly T[], placeOf: (item: T) => number): Set<T> {
  interface Row {
    readonly item: T;
    readonly place: number;
    readonly before: Row | undefined;
  }
  /** The nth ends the row of n + 1 items whose last place is the lowest. */
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

/** How many of them, which ascend, are below a place. */
function countBelow(ends: readonly { place: number }[], place: number): number {
  let [low, high] = [0, ends.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ends[middle]?.place ?? Infinity) < place) low = middle + 1;
    else high = middle;
  }
  return low;
}
