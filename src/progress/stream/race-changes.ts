import type { MemberProgress, Progress } from '../progress.dto.js';
import type { ProgressChanges } from './stream.dto.js';

/** A member as last sent, and the `as_of` of that race in milliseconds. */
interface Sent {
  readonly member: MemberProgress;
  readonly asOf: number;
}

/** If more of the members have changed, the whole race is sent. */
const MAX_CHANGED = 1 / 2;

/** Fields that may differ although nothing has happened to a member. */
const TIME_DEPENDENT: ReadonlySet<keyof MemberProgress> = new Set(['seconds_done', 'rank']);

/** The race that the clients of events `changes` hold (specification 7). */
export class SentRace {
  /** Leader first. */
  private sent = new Map<string, Sent>();

  constructor(race: Progress) {
    this.reset(race);
  }

  /**
   * What to send so that clients hold this race, which is remembered. A different rank alone is no change: members that
   * are not sent keep their order and fill the places that the sent ones leave.
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
    if (members.length > race.members.length * MAX_CHANGED) {
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

/** Whether a client that holds `sent`, and counts on while the member runs, shows this member. */
function isHeld(sent: Sent | undefined, member: MemberProgress, asOf: number): boolean {
  if (sent === undefined) return false;
  const names = Object.keys(member) as (keyof MemberProgress)[];
  if (!names.every((name) => TIME_DEPENDENT.has(name) || member[name] === sent.member[name])) return false;
  // Both are rounded down, so they may differ by a second.
  const counted = sent.member.seconds_done + (member.running ? Math.floor((asOf - sent.asOf) / 1000) : 0);
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
