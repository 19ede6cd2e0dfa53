import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { setTimeout as after } from 'node:timers/promises';
import type { Response } from 'supertest';
import { Listener } from '../../src/database/listener.js';
import { type Api, type Person, startApi } from '../support/api.js';
import { startSecond, type Second } from '../support/second.js';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.js';

let api: Api;
let proxy: TcpProxy;
let second: Second;
let ana: Person;
let listener: Listener;
let received: number;

beforeEach(async () => {
  Logger.overrideLogger(false);
  api = await startApi();
  const port = Number(new URL(api.databaseUrl).port);
  proxy = await startTcpProxy(port);
  second = await startSecond(api, { DATABASE_URL: proxy.url(api.databaseUrl) });
  ana = second.as(await api.person('Ana'));
  listener = second.app.get(Listener);
  received = 0;
  listener.subscribe('silence', { onMessage: () => (received += 1), onReconnect: () => undefined });
  await Promise.all(Array.from({ length: 10 }, () => ana.get('/api/groups').expect(200)));
  await msUntil(hears);
});
afterEach(async () => {
  await second.stop();
  await proxy.stop();
  await api.stop();
});

/** Sends requests continuously, and measures each in ms. */
async function load(untilMs: number): Promise<{ answer: Response; tookMs: number }[]> {
  const end = Date.now() + untilMs;
  const sent: Promise<{ answer: Response; tookMs: number }>[] = [];
  for (; Date.now() < end; await after(100)) {
    const since = Date.now();
    sent.push(ana.get('/api/groups').then((answer) => ({ answer, tookMs: Date.now() - since })));
  }
  return Promise.all(sent);
}

function expectUnavailable({ answer, tookMs }: { answer: Response; tookMs: number }): void {
  expect(answer.status).toBe(503);
  expect(answer.headers['retry-after']).toBe('5');
  expect(tookMs).toBeLessThan(10_000);
}

async function msUntil(condition: () => boolean | Promise<boolean>): Promise<number> {
  const since = Date.now();
  while (!(await condition())) await after(50);
  return Date.now() - since;
}

/** Whether a new notification arrives. */
async function hears(): Promise<boolean> {
  const before = received;
  await api.database.query('NOTIFY silence');
  await after(20);
  return received > before;
}

const serves = async (): Promise<boolean> => (await ana.get('/api/groups')).status === 200;

describe('A database that falls silent', () => {
  it('is a 503 within 10 s, and serves again when it answers', async () => {
    proxy.freeze('all');
    for (const each of await load(10_000)) expectUnavailable(each);
    expect((await ana.get('/health/ready')).status).toBe(503);
    proxy.thaw();
    expect(await msUntil(serves)).toBeLessThan(10_000);
    expect(await msUntil(hears)).toBeLessThan(30_000);
  }, 90_000);
});

describe('Connections that all fall silent, while new ones work', () => {
  it('are replaced under load', async () => {
    proxy.freeze('open');
    const answers = await load(12_000);
    const failed = answers.filter(({ answer }) => answer.status !== 200);
    failed.forEach(expectUnavailable);
    expect(answers.slice(-20).every(({ answer }) => answer.status === 200)).toBe(true);
  }, 60_000);

  it('are replaced where requests come one by one', async () => {
    proxy.freeze('open');
    expect(await msUntil(serves)).toBeLessThan(30_000);
    expect(await msUntil(hears)).toBeLessThan(30_000);
  }, 90_000);
});
