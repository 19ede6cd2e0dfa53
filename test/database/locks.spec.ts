import { beforeAll, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { setTimeout as after } from 'node:timers/promises';
import type pg from 'pg';
import type { Response } from 'supertest';
import { type Person, useApi } from '../support/api.js';
import { createGroup, inDays, people } from '../support/factories.js';

const CONNECTIONS = 10;
const WAITERS = 30;

const api = useApi({ DATABASE_POOL_MAX: String(CONNECTIONS) });
let ana: Person;
let ben: Person;
let blocked: { id: string };
let free: { id: string };
/** Locks the row of one group. */
let holder: pg.Client;

beforeAll(async () => {
  Logger.overrideLogger(false);
  [ana, ben] = await people(api, 'Ana', 'Ben');
  [blocked, free] = await Promise.all([createGroup(ana), createGroup(ben)]);
  holder = await api.connect();
});

interface Timed {
  readonly answer: Response;
  readonly tookMs: number;
}

async function change(person: Person, { id }: { id: string }): Promise<Timed> {
  const since = Date.now();
  const answer = await person.patch(`/api/groups/${id}`, { end_at: inDays(20 + Math.random()) });
  return { answer, tookMs: Date.now() - since };
}

const lockRow = async (): Promise<void> => {
  await holder.query('BEGIN');
  await holder.query('SELECT FROM groups WHERE id = $1 FOR UPDATE', [blocked.id]);
};
const times = (timed: Timed[]): number[] => timed.map(({ tookMs }) => tookMs).sort((a, b) => a - b);

it('A row that somebody locks costs only those who need it, and they are told within 10 s', async () => {
  await lockRow();
  const waiters = Promise.all(Array.from({ length: WAITERS }, () => change(ana, blocked)));
  const others: Timed[] = [];
  for (let nth = 0; nth < 40; nth++) {
    others.push(await change(ben, free));
    await after(25);
  }
  expect(others.map(({ answer }) => answer.status)).toEqual(Array(40).fill(200));
  const [median, slowest] = [times(others)[20]!, times(others)[39]!];
  expect(median).toBeLessThan(200);
  expect(slowest).toBeLessThan(1_500);
  for (const { answer, tookMs } of await waiters) {
    expect(answer.status).toBe(503);
    expect(answer.headers['retry-after']).toBe('5');
    expect(tookMs).toBeLessThan(10_000);
  }
  await holder.query('ROLLBACK');
}, 40_000);

it('Those who wait are served once the row is free', async () => {
  await lockRow();
  const waiters = Promise.all(Array.from({ length: WAITERS }, () => change(ana, blocked)));
  await after(1_000);
  await holder.query('ROLLBACK');
  expect((await waiters).map(({ answer }) => answer.status)).toEqual(Array(WAITERS).fill(200));
}, 40_000);
