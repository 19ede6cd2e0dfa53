import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import type pg from 'pg';
import { openDatabase, refusalOf, type Connections } from './support/connections.js';
import { faultsIn } from './support/session-checks.js';
import { call, group, HOUR, people } from './support/world.js';

/** A moment of a group: Ana owns it and hosts `open`, which Ben takes part in; `other` is hers and scheduled. */
interface Scene {
  ana: string;
  ben: string;
  cem: string;
  club: string;
  open: string;
  other: string;
}

type Act = (client: pg.Client, scene: Scene) => Promise<unknown>;

const ago = (milliseconds: number): Date => new Date(Date.now() - milliseconds);

const acts = {
  start: (client, { ana, other }) => call(client, 'start_session', [ana, other, null]),
  'start again': (client, { ana, open }) => call(client, 'start_session', [ana, open, null]),
  pause: (client, { ana, open }) => call(client, 'pause_session', [ana, open, null]),
  resume: (client, { ana, open }) => call(client, 'resume_session', [ana, open, null]),
  stop: (client, { ana, open }) => call(client, 'stop_session', [ana, open, null]),
  'stop earlier': (client, { ana, open }) => call(client, 'stop_session', [ana, open, ago(HOUR / 2)]),
  join: (client, { cem, open }) => call(client, 'join_session', [cem, open]),
  leave: (client, { ben, open }) => call(client, 'leave_session', [ben, open, ben]),
  log: (client, { ben, open }) => call(client, 'add_log', [ben, open, ago(1_800_000), ago(0)]),
  'log and join': (client, { cem, open }) => call(client, 'add_log', [cem, open, ago(1_800_000), ago(0)]),
  create: (client, { ben, club }) => call(client, 'create_session', [ben, club, null]),
  archive: (client, { ana, club }) => call(client, 'archive_group', [ana, club]),
  'leave the group': (client, { ben, club }) => call(client, 'remove_member', [ben, club, ben]),
  'raw log': (client, { ben, open }) =>
    client.query(
      `INSERT INTO time_logs (participant_id, manual, started_at, ended_at)
       SELECT id, true, now() - interval '1 minute', to_ms(now()) FROM session_participants WHERE session_id = $1 AND user_id = $2`,
      [open, ben],
    ),
} satisfies Record<string, Act>;

type Name = keyof typeof acts;

/** How an act may be refused because another one came first. */
const refusals = [undefined, 'LKSTA', 'LKRUN', 'LKARC', 'LKBEF', 'LKLOG', 'LK404'];

describe('Two at once', () => {
  let database: Connections;
  let first: pg.Client;
  let second: pg.Client;
  let watch: pg.Client;

  beforeAll(async () => {
    database = await openDatabase();
    [first, second, watch] = await Promise.all([database.connect(), database.connect(), database.connect()]);
  });

  afterAll(() => database.close());

  async function scene(): Promise<Scene> {
    const [ana, ben, cem] = (await people(watch, 3)) as [string, string, string];
    const club = await group(watch, { owner: ana, members: [ben, cem] });
    const open = await call<string>(watch, 'create_session', [ana, club, null]);
    const other = await call<string>(watch, 'create_session', [ana, club, null]);
    await call(watch, 'join_session', [ben, open], ago(HOUR));
    await call(watch, 'start_session', [ana, open, ago(HOUR)]);
    return { ana, ben, cem, club, open, other };
  }

  /** The second one comes while the first one's transaction is still open, and goes on when that commits. */
  async function meet(one: Name, two: Name): Promise<void> {
    const at = await scene();
    if (one === 'resume' || two === 'resume') await acts.pause(watch, at);
    await first.query('BEGIN');
    expect(refusals).toContain(await refusalOf(acts[one](first, at)));
    const answer = refusalOf(acts[two](second, at));
    await Promise.race([answer, sleep(8)]);
    await first.query('COMMIT');
    expect(refusals).toContain(await answer);
    expect(await faultsIn(watch)).toEqual([]);
    await expectOneEnd(at);
  }

  /** Whatever happened: once the host has stopped and the group is archived, nothing runs. */
  async function expectOneEnd(at: Scene): Promise<void> {
    await acts.stop(watch, at);
    await acts.archive(watch, at);
    const { rows } = await watch.query(
      `SELECT s.id FROM sessions s LEFT JOIN session_participants p ON p.session_id = s.id
         LEFT JOIN time_logs l ON l.participant_id = p.id AND l.ended_at IS NULL
        WHERE s.group_id = $1 AND (s.status <> 'ended' OR l.id IS NOT NULL)`,
      [at.club],
    );
    expect(rows).toEqual([]);
    expect(await faultsIn(watch)).toEqual([]);
  }

  const pairs: [Name, Name][] = [
    ['pause', 'stop'],
    ['pause', 'pause'],
    ['stop', 'stop earlier'],
    ['start', 'stop'],
    ['start', 'start'],
    ['start', 'resume'],
    ['start again', 'archive'],
    ['resume', 'archive'],
    ['resume', 'resume'],
    ['join', 'stop'],
    ['join', 'pause'],
    ['join', 'archive'],
    ['join', 'join'],
    ['leave', 'stop'],
    ['leave', 'pause'],
    ['log', 'stop'],
    ['log', 'stop earlier'],
    ['log', 'archive'],
    ['log and join', 'stop'],
    ['log and join', 'log and join'],
    ['raw log', 'stop earlier'],
    ['raw log', 'archive'],
    ['create', 'archive'],
    ['leave the group', 'join'],
    ['leave the group', 'log'],
    ['leave the group', 'stop'],
    ['leave the group', 'create'],
  ];

  it.each(pairs)('take turns: %s beside %s, whichever comes first', async (one, two) => {
    await meet(one, two);
    await meet(two, one);
  });

  it("start a host's two sessions: one runs, the other is told of it", async () => {
    const at = await scene();
    await acts.stop(watch, at);
    const third = await call<string>(watch, 'create_session', [at.ana, null, null]);
    const answers = await Promise.all([
      refusalOf(call(first, 'start_session', [at.ana, at.other, null])),
      refusalOf(call(second, 'start_session', [at.ana, third, null])),
    ]);
    expect(answers.sort()).toEqual(['LKRUN', undefined]);
    await expectOneEnd(at);
  });

  it('or many, in any order, leave no log open, lost or doubled', async () => {
    const clients = await Promise.all(Array.from({ length: 6 }, () => database.connect()));
    const names = Object.keys(acts) as Name[];
    const property = fc.asyncProperty(
      fc.array(fc.constantFrom(...names), { minLength: 6, maxLength: 24 }),
      async (crowd) => {
        const at = await scene();
        const inTurn = async (client: pg.Client, mine: Name[]): Promise<void> => {
          for (const name of mine) expect(refusals).toContain(await refusalOf(acts[name](client, at)));
        };
        const shareOf = (number: number): Name[] => crowd.filter((_, index) => index % clients.length === number);
        await Promise.all(clients.map((client, number) => inTurn(client, shareOf(number))));
        expect(await faultsIn(watch)).toEqual([]);
        await expectOneEnd(at);
      },
    );
    await fc.assert(property, { numRuns: 50, endOnFailure: true });
  }, 90_000);
});
