import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { setTimeout as after } from 'node:timers/promises';
import type pg from 'pg';
import type { Response, Test } from 'supertest';
import type { Group } from '../../src/groups/groups.dto.js';
import { freePort } from '../../local/ports.js';
import { type Person, personWith, useApi } from '../support/api.js';
import { bodyOf, problem } from '../support/request.js';
import { inDays } from '../support/factories.js';
import { type Process, startProcess } from '../support/processes.js';

/** An API process on the same database. */
interface Another {
  url: string;
  process: Process;
}

const api = useApi();
let ana: Person;
/** Holds a lock for a test. */
let holder: pg.Client;
/** Each is killed by one test. */
let others: [Another, Another, Another];

beforeAll(async () => {
  holder = await api.connect();
  others = await Promise.all([startAnother(), startAnother(), startAnother()]);
}, 60_000);
beforeEach(async () => {
  ana = await api.person('Ana');
});
afterEach(() => holder.query('ROLLBACK'));

async function startAnother(): Promise<Another> {
  const port = await freePort();
  const process = startProcess(api, 'src/main.ts', { PORT: String(port), LOG_LEVEL: 'error' });
  const url = `http://127.0.0.1:${port}`;
  const isReady = () =>
    fetch(`${url}/health/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
  while (!(await isReady())) {
    if (process.child.exitCode !== null) throw new Error(process.printed());
    await after(50);
  }
  return { url, process };
}

const end_at = inDays(7);
const at = (url: string): Person => personWith(url, ana);
const creates = (person: Person, name: string, key: string): Test => {
  const body = { name, end_at, timezone: 'UTC', period: 'daily', period_target_minutes: 60 };
  return person.post('/api/groups', body, { 'idempotency-key': key });
};

/** Retries until PostgreSQL notices that the killed process's connection is gone. */
async function insists(name: string, key: string): Promise<Response> {
  for (;;) {
    const answer = await creates(ana, name, key);
    if (answer.status === 201) return answer;
    expect(answer.body).toMatchObject({ code: 'idempotency_in_flight' });
    await after(20);
  }
}

async function namesMade(): Promise<string[]> {
  const { rows } = await api.database.query<{ name: string }>(
    'SELECT name FROM groups WHERE owner_id = $1 ORDER BY name',
    [ana.id],
  );
  return rows.map(({ name }) => name);
}

/** Blocks requests with a key just before they store their response. */
async function holdBeforeKeeping(): Promise<void> {
  await holder.query('BEGIN; LOCK TABLE idempotency_keys IN SHARE MODE');
}

async function isHeld(count: number): Promise<void> {
  const waiting = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
                      AND query LIKE '%store_idempotent_response%'`;
  while ((await api.database.query(waiting)).rowCount !== count) await after(20);
}

describe('The same key', () => {
  it('sent 30 times at once to two processes creates one group; the others replay the response or get idempotency_in_flight', async () => {
    for (let round = 0; round < 3; round++) {
      const answers = await Promise.all(
        Array.from({ length: 30 }, (_, nth) => creates(at(others[nth % 2]!.url), `Round ${round}`, `key ${round}`)),
      );
      const made = answers.filter(({ status }) => status === 201);
      expect(new Set(made.map(({ text }) => text)).size).toBe(1);
      for (const { status, headers, body } of answers.filter((answer) => !made.includes(answer))) {
        expect([status, headers['retry-after']]).toEqual([409, '1']);
        expect(body).toMatchObject({ code: 'idempotency_in_flight' });
      }
      expect(await namesMade()).toEqual(Array.from({ length: round + 1 }, (_, nth) => `Round ${nth}`));
    }
  });

  it('in flight is a 409 with Retry-After, for that key only', async () => {
    await holdBeforeKeeping();
    const first = creates(ana, 'Once', 'one');
    await isHeld(1);
    // All at once: the first request waits for its lock for two seconds at most.
    const other = creates(ana, 'Other key', 'two');
    const [again] = await Promise.all([
      creates(ana, 'Once', 'one').expect(problem(409, 'idempotency_in_flight')),
      creates(ana, 'Another', 'one').expect(problem(409, 'idempotency_in_flight')),
      isHeld(2),
    ]);
    expect(again.headers['retry-after']).toBe('1');
    await holder.query('COMMIT');
    const answers = await Promise.all([first, other]);
    expect(answers.map(({ status }) => status)).toEqual([201, 201]);
    const { id } = answers[0].body as Group;
    expect(await bodyOf<Group>(creates(ana, 'Once', 'one').expect(201))).toMatchObject({ id });
    expect(await namesMade()).toEqual(['Once', 'Other key']);
  });
});

describe('A process that is killed', () => {
  it('between the effect and the response leaves neither, and the key can be used again', async () => {
    const [{ url, process }] = others;
    await at(url).get('/api/me').expect(200);
    await holdBeforeKeeping();
    const lost = creates(at(url), 'Once', 'one').catch(() => 'lost');
    await isHeld(1);
    await process.end('SIGKILL');
    expect(await lost).toBe('lost');
    await holder.query('COMMIT');
    await insists('Once', 'one');
    expect(await namesMade()).toEqual(['Once']);
  });

  it.each([
    [1, 5],
    [2, 40],
  ])('anywhere leaves both or neither: repeated elsewhere, every request has one effect (%#)', async (nth, delayMs) => {
    const { url, process } = others[nth]!;
    const names = Array.from({ length: 40 }, (_, each) => `Club ${each + 100}`);
    await at(url).get('/api/me').expect(200);
    const answers = names.map((name) => creates(at(url), name, name).catch(() => undefined));
    await after(delayMs);
    await process.end('SIGKILL');
    for (const [each, answer] of (await Promise.all(answers)).entries()) {
      const again = await insists(names[each]!, names[each]!);
      if (answer) expect(again.text).toBe(answer.text);
    }
    expect(await namesMade()).toEqual(names);
  });
});
