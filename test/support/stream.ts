import { setTimeout as after } from 'node:timers/promises';
import type { ProgressChanges } from '../../src/progress/stream/stream.dto.js';
import type { MemberProgress } from '../../src/progress/progress.dto.js';
import { checkAgainstContract, checkSchema } from './contract.js';

/** An open stream of a group's progress. */
export interface RaceStream {
  readonly headers: Headers;
  /** The received bytes as text. */
  readonly text: () => string;
  readonly races: readonly MemberProgress[][];
  /**
   * Skips events until one fulfils the condition. Changes just before the stream was opened may be sent once more.
   */
  until(holds: (race: MemberProgress[]) => boolean, timeoutMs?: number): Promise<MemberProgress[]>;
  /** The next event. */
  next(): Promise<MemberProgress[]>;
  /** Resolves when the server ends the stream. */
  readonly ended: Promise<void>;
  close(): void;
}

const TIMEOUT_MS = 10_000;

/**
 * Opens a stream; throws the status and the problem code of any other response. With `changes`, later events may be
 * `changes`, which are applied as the contract says; `races` holds the progress after each event.
 */
export async function watch(
  url: string,
  token: string,
  group: { id: string },
  { changes = false } = {},
): Promise<RaceStream> {
  const path = `/api/groups/${group.id}/progress/stream${changes ? '?changes=true' : ''}`;
  const leaving = new AbortController();
  const response = await fetch(url + path, { headers: { authorization: `Bearer ${token}` }, signal: leaving.signal });
  const { status, headers } = response;
  if (status !== 200) {
    const body = (await response.json()) as { code: string };
    checkAgainstContract({ method: 'GET', path, status, headers, body });
    throw new Error(`${status} ${body.code}`);
  }
  checkAgainstContract({ method: 'GET', path, status, headers, body: '' });

  let text = '';
  let begun = '';
  const races: MemberProgress[][] = [];
  let seen = 0;
  const ended = (async () => {
    const decoder = new TextDecoder();
    for await (const chunk of response.body!) {
      const more = decoder.decode(chunk, { stream: true });
      text += more;
      const blocks = (begun + more).split('\n\n');
      begun = blocks.pop()!;
      for (const block of blocks) {
        const race = raceAfter(races.at(-1), block);
        if (race) races.push(race);
      }
    }
  })();
  // Most tests close the stream themselves, and do not await this.
  ended.catch(() => undefined);

  const until: RaceStream['until'] = async (holds, timeoutMs = TIMEOUT_MS) => {
    for (const since = Date.now(); Date.now() - since < timeoutMs; await after(5)) {
      while (seen < races.length) {
        const race = races[seen++]!;
        if (holds(race)) return race;
      }
    }
    throw new Error(`It did not come within ${timeoutMs} ms:\n${text}`);
  };
  return {
    headers,
    text: () => text,
    races,
    until,
    next: () => until(() => true),
    ended,
    close: () => leaving.abort(),
  };
}

/** Parses the format of Server-Sent Events. */
function raceAfter(race: MemberProgress[] | undefined, block: string): MemberProgress[] | undefined {
  const [event, data, ...rest] = block.split('\n');
  if (event !== 'event: progress' && event !== 'event: changes') return undefined;
  if (rest.length > 0 || !data?.startsWith('data: ')) throw new Error(`This is no event of the contract:\n${block}`);
  const body = JSON.parse(data.slice('data: '.length)) as object;
  if (event === 'event: progress') return body as MemberProgress[];
  checkSchema('ProgressChanges', body);
  if (race === undefined) throw new Error(`This is no way to begin:\n${block}`);
  return applied(race, body as ProgressChanges);
}

/** Applies a `changes` event; members without a change keep their `seconds_done`. */
function applied(race: MemberProgress[], { members: changed, removed }: ProgressChanges): MemberProgress[] {
  const isOut = ({ user_id }: MemberProgress): boolean =>
    removed.includes(user_id) || changed.some((member) => member.user_id === user_id);
  const places = race.filter((member) => !isOut(member));
  for (const member of changed) places.splice(member.rank - 1, 0, member);
  return places.map((member, place) => Object.assign({}, member, { rank: place + 1 }));
}
