import { describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import type pg from 'pg';
import { errorCode, useDatabase } from './support/connections.js';
import { invariantViolations } from './support/session-observations.js';
import { call, insertGroup, HOUR, insertPeople } from './support/fixtures.js';

/** Ana owns the group and hosts `open`, which Ben takes part in; `other` is hers and scheduled. */
interface Setup {
  ana: string;
  ben: string;
  cem: string;
  group: string;
  open: string;
  other: string;
}

type Command = (client: pg.Client, setup: Setup) => Promise<unknown>;

const ago = (milliseconds: number): Date => new Date(Date.now() - milliseconds);

const commands = {
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
  create: (client, { ben, group }) => call(client, 'create_session', [ben, group, null]),
  archive: (client, { ana, group }) => call(client, 'archive_group', [ana, group]),
  'leave the group': (client, { ben, group }) => call(client, 'remove_member', [ben, group, ben]),
  'raw log': (client, { ben, open }) =>
    client.query(
      `INSERT INTO time_logs (participant_id, manual, started_at, ended_at)
       SELECT id, true, now() - interval '1 minute', to_ms(now()) FROM session_participants WHERE session_id = $1 AND user_id = $2`,
      [open, ben],
    ),
} satisfies Record<string, Command>;

type Name = keyof typeof commands;

/** How an act may be refused because another one came first. */
const refusals = [undefined, 'LKSTA', 'LKRUN', 'LKARC', 'LKBEF', 'LKLOG', 'LK404'];

describe('Concurrent commands', () => {
  let first: pg.Client;
  let second: pg.Client;
  let observer: pg.Client;

  const database = useDatabase(async (opened) => {
    [first, second, observer] = await Promise.all([opened.connect(), opened.connect(), opened.connect()]);
  });

  async function setUp(): Promise<Setup> {
    const [ana, ben, cem] = (await insertPeople(observer, 3)) as [string, string, string];
    const group = await insertGroup(observer, { owner: ana, members: [ben, cem] });
    const open = await call<string>(observer, 'create_session', [ana, group, null]);
    const other = await call<string>(observer, 'create_session', [ana, group, null]);
    await call(observer, 'join_session', [ben, open], ago(HOUR));
    await call(observer, 'start_session', [ana, open, ago(HOUR)]);
    return { ana, ben, cem, group, open, other };
  }

  /** The second one comes while the first one's transaction is still open, and goes on when that commits. */
  async function runConcurrently(one: Name, two: Name): Promise<void> {
    const at = await setUp();
    if (one === 'resume' || two === 'resume') await commands.pause(observer, at);
    await first.query('BEGIN');
    expect(refusals).toContain(await errorCode(commands[one](first, at)));
    const answer = errorCode(commands[two](second, at));
    await Promise.race([answer, sleep(8)]);
    await first.query('COMMIT');
    expect(refusals).toContain(await answer);
    expect(await invariantViolations(observer)).toEqual([]);
    await expectOneEnd(at);
  }

  /** Whatever happened: once the host has stopped and the group is archived, nothing runs. */
  async function expectOneEnd(at: Setup): Promise<void> {
    await commands.stop(observer, at);
    await commands.archive(observer, at);
    const { rows } = await observer.query(
      `SELECT s.id FROM sessions s LEFT JOIN session_participants p ON p.session_id = s.id
         LEFT JOIN time_logs l ON l.participant_id = p.id AND l.ended_at IS NULL
        WHERE s.group_id = $1 AND (s.status <> 'ended' OR l.id IS NOT NULL)`,
      [at.group],
    );
    expect(rows).toEqual([]);
    expect(await invariantViolations(observer)).toEqual([]);
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

  it.each(pairs)('are serialised: %s and %s, in either order', async (one, two) => {
    await runConcurrently(one, two);
    await runConcurrently(two, one);
  });

  it("that start a host's two sessions: one runs, the other gets an error", async () => {
    const at = await setUp();
    await commands.stop(observer, at);
    const third = await call<string>(observer, 'create_session', [at.ana, null, null]);
    const answers = await Promise.all([
      errorCode(call(first, 'start_session', [at.ana, at.other, null])),
      errorCode(call(second, 'start_session', [at.ana, third, null])),
    ]);
    expect(answers.sort()).toEqual(['LKRUN', undefined]);
    await expectOneEnd(at);
  });

  it('of six clients lose or duplicate no log, and leave none open', async () => {
    const clients = await Promise.all(Array.from({ length: 6 }, () => database.connect()));
    const names = Object.keys(commands) as Name[];
    const property = fc.asyncProperty(
      fc.array(fc.constantFrom(...names), { minLength: 6, maxLength: 24 }),
      async (users) => {
        const at = await setUp();
        const inTurn = async (client: pg.Client, mine: Name[]): Promise<void> => {
          for (const name of mine) expect(refusals).toContain(await errorCode(commands[name](client, at)));
        };
        const shareOf = (number: number): Name[] => users.filter((_, index) => index % clients.length === number);
        await Promise.all(clients.map((client, number) => inTurn(client, shareOf(number))));
        expect(await invariantViolations(observer)).toEqual([]);
        await expectOneEnd(at);
      },
    );
    await fc.assert(property, { numRuns: 50, endOnFailure: true });
  }, 90_000);
});
