import { afterEach, beforeEach, expect, it } from '@jest/globals';
import type { FastifyReply } from 'fastify';
import { EventEmitter } from 'node:events';
import { RaceEvent } from '../../src/progress/stream/race-event.js';
import { Reader } from '../../src/progress/stream/sse-connection.js';

/** As much of a response as a reader writes to. */
class Response extends EventEmitter {
  headersSent = false;
  destroyed = false;
  writableEnded = false;
  writableNeedDrain = false;
  readonly written: string[] = [];

  writeHead(): void {
    this.headersSent = true;
  }

  write(bytes: Buffer | string): void {
    this.written.push(String(bytes).trim());
  }

  drain(): void {
    this.writableNeedDrain = false;
    this.emit('drain');
  }
}

let raw: Response;
let reader: Reader;

beforeEach(() => {
  raw = new Response();
  const reply = { raw, request: { method: 'GET' }, headers: () => reply, hijack: () => reply, getHeaders: () => ({}) };
  reader = new Reader('ana', Date.now() + 60_000, reply as unknown as FastifyReply, true);
});
afterEach(() => void raw.emit('close'));

/** The nth race, which came about by a change of which nothing but its name matters. */
const event = (nth: number): RaceEvent =>
  new RaceEvent(`{"nth":${nth}}` as never, { as_of: String(nth), members: [], removed: [] });
const changes = (nth: number): string => `event: changes\ndata: {"as_of":"${nth}","members":[],"removed":[]}`;
const whole = (nth: number): string => `event: progress\ndata: {"nth":${nth}}`;

it('Whoever was too slow to read changes is shown the latest race as a whole, and changes from then on', () => {
  reader.show(event(1));
  reader.showChanges(event(2));
  raw.writableNeedDrain = true;
  reader.showChanges(event(3));
  reader.showChanges(event(4));
  expect(raw.written).toEqual(['retry: 1000', whole(1), changes(2)]);
  raw.drain();
  reader.showChanges(event(5));
  expect(raw.written).toEqual(['retry: 1000', whole(1), changes(2), whole(4), changes(5)]);
});

it('What nobody can put together from changes is shown as a whole', () => {
  reader.show(event(1));
  reader.showChanges(new RaceEvent('{"nth":2}'));
  expect(raw.written.at(-1)).toBe(whole(2));
});
