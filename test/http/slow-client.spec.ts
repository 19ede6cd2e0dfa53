import { afterEach, beforeEach, expect, it } from '@jest/globals';
import type { FastifyReply } from 'fastify';
import { EventEmitter } from 'node:events';
import { RaceEvent } from '../../src/progress/stream/race-event.js';
import { SseConnection } from '../../src/progress/stream/sse-connection.js';

/** The part of a response that a connection writes to. */
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
let connection: SseConnection;

beforeEach(() => {
  raw = new Response();
  const reply = { raw, request: { method: 'GET' }, headers: () => reply, hijack: () => reply, getHeaders: () => ({}) };
  connection = new SseConnection('ana', Date.now() + 60_000, reply as unknown as FastifyReply, true);
});
afterEach(() => void raw.emit('close'));

/** The nth version of the progress. */
const event = (nth: number): RaceEvent =>
  new RaceEvent(`{"nth":${nth}}` as never, { as_of: String(nth), members: [], removed: [] });
const changes = (nth: number): string => `event: changes\ndata: {"as_of":"${nth}","members":[],"removed":[]}`;
const whole = (nth: number): string => `event: progress\ndata: {"nth":${nth}}`;

it('A client that reads changes too slowly receives the latest whole race, and changes from then on', () => {
  connection.send(event(1));
  connection.sendChanges(event(2));
  raw.writableNeedDrain = true;
  connection.sendChanges(event(3));
  connection.sendChanges(event(4));
  expect(raw.written).toEqual(['retry: 1000', whole(1), changes(2)]);
  raw.drain();
  connection.sendChanges(event(5));
  expect(raw.written).toEqual(['retry: 1000', whole(1), changes(2), whole(4), changes(5)]);
});

it('A race that changes cannot express is sent as a whole', () => {
  connection.send(event(1));
  connection.sendChanges(new RaceEvent('{"nth":2}'));
  expect(raw.written.at(-1)).toBe(whole(2));
});
