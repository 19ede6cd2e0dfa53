import { setTimeout as after } from 'node:timers/promises';
import type { ProgressChanges } from '../../src/progress/stream/stream.dto.js';
import type { MemberProgress } from '../../src/progress/progress.dto.js';
import { checkAgainstContract, checkSchema } from './contract.js';

/** Somebody's stream of a race, read as it comes. */
export interface RaceStream {
  readonly headers: Headers;
  /** All that has come, as it came. */
  readonly text: () => string;
  readonly races: readonly MemberProgress[][];
  /**
   * The first race not looked at yet of which this is true; those before it are passed over, since what happened just
   * before a stream began may be told once more.
   */
  until(holds: (race: MemberProgress[]) => boolean, patienceMs?: number): Promise<MemberProgress[]>;
  /** The next one, whatever it says. */
  next(): Promise<MemberProgress[]>;
  /** Settles when the server ends the stream in good order. */
  readonly ended: Promise<void>;
  close(): void;
}

const PATIENCE_MS = 10_000;

/**
 * Throws the status and the problem if it is not a stream that is answered. With `changes` later events may be those, which
 * are applied as the contract says; `races` then holds the race after each event.
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
  // Only some tests wait for it; others close the stream themselves.
  ended.catch(() => undefined);

  const until: RaceStream['until'] = async (holds, patienceMs = PATIENCE_MS) => {
    for (const since = Date.now(); Date.now() - since < patienceMs; await after(5)) {
      while (seen < races.length) {
        const race = races[seen++]!;
        if (holds(race)) return race;
      }
    }
    throw new Error(`It did not come within ${patienceMs} ms:\n${text}`);
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

/** As the format of Server-Sent Events has it. */
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

/** In the words of the contract; seconds stay as they were sent. */
function applied(race: MemberProgress[], { members: changed, removed }: ProgressChanges): MemberProgress[] {
  const isOut = ({ user_id }: MemberProgress): boolean =>
    removed.includes(user_id) || changed.some((member) => member.user_id === user_id);
  const places = race.filter((member) => !isOut(member));
  for (const member of changed) places.splice(member.rank - 1, 0, member);
  return places.map((member, place) => Object.assign({}, member, { rank: place + 1 }));
}
