import { describe, expect, it } from '@jest/globals';
import { setTimeout as after } from 'node:timers/promises';
import { createGroup, createRunningSession, createSession, nobody } from '../support/factories.js';
import { problemResponse } from './support/problem-response.js';
import { HOUR, QueueSetup, shiftDeviceClock } from './support/queue-setup.js';
import { until } from './support/until.js';

const app = new QueueSetup();

describe('An entry that the API refuses', () => {
  it('goes to onConflict, and later entries are sent', async () => {
    const [running, other] = [await createRunningSession(app.ana), await createSession(app.ana)];
    await app.queue.start(other.id);
    await app.queue.pause(nobody());
    await app.emptied();
    expect(new Set(app.phone.conflictCodes())).toEqual(
      new Set([
        ['pause', 'not_found'],
        ['start', 'already_running'],
      ]),
    );
    expect(app.phone.conflicts.find(({ entry }) => entry.kind === 'start')!.problem.session_id).toBe(running.id);
    await app.queue.stop(running.id);
    await app.queue.resume(running.id);
    await app.emptied();
    expect(app.phone.conflictCodes().at(-1)).toEqual(['resume', 'invalid_session_transition']);
    expect(await app.session(running.id)).toMatchObject({ status: 'ended' });
  });

  it('takes all entries of its session with it if it is the creation', async () => {
    const group = await createGroup(app.ana);
    await app.ana.post(`/api/groups/${group.id}:archive`).expect(200);
    app.phone.isOnline = false;
    const local = await app.queue.createSession({ group_id: group.id });
    // The estimate of the server's clock may be a second behind.
    await after(1100);
    await app.queue.start(local);
    await after(100);
    await app.queue.stop(local);
    app.phone.isOnline = true;
    await app.queue.flush();
    expect(app.phone.conflictCodes()).toEqual([
      ['createSession', 'group_archived'],
      ['start', 'group_archived'],
      ['stop', 'group_archived'],
    ]);
    await expect(app.queue.addLog(local, { startedAt: 0, endedAt: 1 })).rejects.toThrow(local);
  });
});

describe('A transient failure', () => {
  const retryAfter = (seconds: string): Record<string, string> => ({ 'retry-after': seconds });

  it.each<[string, () => Response]>([
    ['an unavailable server', () => problemResponse(503, 'unavailable', retryAfter('1'))],
    ['a rate limit', () => problemResponse(429, 'rate_limited', retryAfter('1'))],
    ['a key in flight', () => problemResponse(409, 'idempotency_in_flight', retryAfter('1'))],
    ['an internal error', () => problemResponse(500, 'internal_error')],
    ['a captive portal', () => new Response('<h1>Hotel</h1>', { headers: { 'content-type': 'text/html' } })],
    ['a captive portal with status 403', () => new Response('<h1>Hotel</h1>', { status: 403 })],
    ['a captive portal with JSON', () => Response.json({})],
  ])('is retried with the same key, and is no conflict: %s', async (_, respond) => {
    app.phone.fault = () => (app.phone.requests.length <= 1 ? respond() : undefined);
    await app.queue.createSession();
    await app.emptied();
    expect(app.phone.conflicts).toEqual([]);
    expect(app.phone.requests).toHaveLength(2);
    expect(app.phone.requests[1]!.key).toBe(app.phone.requests[0]!.key);
  });

  it('delays all entries by Retry-After, also those that are added meanwhile', async () => {
    app.phone.fault = () =>
      app.phone.requests.length === 1 ? problemResponse(503, 'unavailable', retryAfter('2')) : undefined;
    await app.queue.createSession();
    await until(() => app.phone.requests.length === 1);
    const refusedAt = Date.now();
    await app.queue.createSession();
    await app.queue.flush();
    await until(() => app.phone.requests.length > 1);
    expect(Date.now() - refusedAt).toBeGreaterThan(1950);
    await app.emptied();
  });

  it("delays them no longer if the device's clock is set back meanwhile", async () => {
    app.phone.fault = () =>
      app.phone.requests.length === 1 ? problemResponse(503, 'unavailable', retryAfter('1')) : undefined;
    await app.queue.createSession();
    await until(() => app.phone.requests.length === 1);
    shiftDeviceClock(-2 * HOUR);
    await app.emptied();
    expect(app.phone.conflicts).toEqual([]);
  });
});

describe('A missing sign-in', () => {
  it('stops the queue until the app signs in and calls flush', async () => {
    app.phone.token = null;
    await app.queue.createSession();
    await until(() => app.phone.requests.length === 1);
    await after(1200);
    expect(app.phone.requests).toHaveLength(1);
    expect(app.queue.pending).toHaveLength(1);
    app.phone.token = app.ana.token;
    await app.queue.flush();
    expect(app.queue.pending).toEqual([]);
    expect(app.phone.conflicts).toEqual([]);
  });
});
