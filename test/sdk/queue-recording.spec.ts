import { beforeEach, describe, expect, it } from '@jest/globals';
import { setTimeout as after } from 'node:timers/promises';
import type { GroupDetail } from '../../src/groups/groups.dto.js';
import type { Session } from '../../src/sessions/sessions.dto.js';
import { createGroup, createRunningSession, inDays } from '../support/factories.js';
import { bodyOf } from '../support/request.js';
import { advanceTime } from '../support/time.js';
import { HOUR, MINUTE, QueueSetup } from './support/queue-setup.js';
import { until } from './support/until.js';

const app = new QueueSetup();
let group: GroupDetail;

beforeEach(async () => {
  group = await createGroup(app.ana);
});

const ago = (minutes: number): number => Date.now() - minutes * MINUTE;

/** Every session of Ana, and its seconds. */
async function secondsBySession(): Promise<[status: string, seconds: number][]> {
  const sessions = await bodyOf<Session[]>(app.ana.get('/api/sessions').expect(200));
  const details = await Promise.all(sessions.map(({ id }) => app.session(id)));
  return details.map(({ status, participants }) => [status, participants[0]!.seconds_logged]);
}

describe('A session whose end is known', () => {
  it('is recorded as a whole, although another device runs a session now', async () => {
    app.phone.isOnline = false;
    const local = await app.queue.createSession({ group_id: group.id });
    await app.queue.start(local, ago(50));
    await app.queue.pause(local, ago(40));
    await app.queue.resume(local, ago(30));
    await app.queue.stop(local, ago(10));
    await app.queue.flush();
    const tablet = await createRunningSession(app.ana, group);
    app.phone.isOnline = true;
    await app.emptied();

    expect(app.phone.conflicts).toEqual([]);
    expect(await app.session(local)).toMatchObject({
      ...{ group_id: group.id, status: 'ended' },
      participants: [{ seconds_logged: 30 * 60 }],
    });
    expect(await app.session(tablet.id)).toMatchObject({ status: 'running' });
    expect(app.phone.sent.map(({ entry }) => entry.kind)).toEqual([
      'createSession',
      'start',
      'pause',
      'resume',
      'stop',
    ]);
  });

  it('is not recorded a second time if the API has created it already', async () => {
    app.phone.fault = ({ operation }) => (operation === 'create' ? 'response lost' : undefined);
    const local = await app.queue.createSession({ group_id: group.id });
    await until(() => app.phone.requests.length > 0);
    app.phone.fault = () => undefined;
    app.phone.isOnline = false;
    await app.queue.start(local, ago(50));
    await app.queue.stop(local, ago(10));
    app.phone.isOnline = true;
    await app.emptied();
    expect(await secondsBySession()).toEqual([['ended', 40 * 60]]);
    expect(app.phone.requests.map(({ operation, status }) => [operation, status])).toContainEqual(['record', 422]);
    expect(app.phone.conflicts).toEqual([]);
  });

  it('is recorded in several parts if it is longer than a session can be', async () => {
    app.phone.isOnline = false;
    const local = await app.queue.createSession();
    await app.queue.start(local, ago(20 * 60));
    await app.queue.pause(local, ago(12 * 60));
    await app.queue.resume(local, ago(7 * 60));
    await app.queue.stop(local, ago(60));
    app.phone.isOnline = true;
    await app.emptied();
    expect(await secondsBySession()).toEqual([
      ['ended', 6 * 3600],
      ['ended', 8 * 3600],
    ]);
    expect(app.phone.conflicts).toEqual([]);
  });
});

describe('Time in a session that the API does not run', () => {
  it('is recorded: another device runs a session, so the resume is refused', async () => {
    const session = await createRunningSession(app.ana, group, 60 * 60);
    await app.queue.pause(session.id, ago(50));
    await app.emptied();
    app.phone.isOnline = false;
    await app.queue.resume(session.id, ago(40));
    await app.queue.stop(session.id, ago(10));
    const tablet = await createRunningSession(app.ana, group);
    app.phone.isOnline = true;
    await app.emptied();
    expect(app.phone.conflicts).toEqual([]);
    const first = await app.session(session.id);
    expect(first.status).toBe('ended');
    expect(Math.abs(first.participants[0]!.seconds_logged - 600)).toBeLessThan(3);
    expect((await secondsBySession()).map(([status]) => status).sort()).toEqual(['ended', 'ended', 'running']);
    expect(await secondsBySession()).toContainEqual(['ended', 30 * 60]);
    expect(await app.session(tablet.id)).toMatchObject({ status: 'running' });
  });

  it('is recorded until the refusal, if it still runs on this device', async () => {
    app.phone.isOnline = false;
    const local = await app.queue.createSession({ group_id: group.id });
    await app.queue.start(local, ago(30));
    await app.queue.flush();
    const tablet = await createRunningSession(app.ana, group);
    app.phone.isOnline = true;
    await app.emptied();
    expect(app.phone.conflicts.map(({ entry, problem }) => [entry.kind, problem.session_id])).toEqual([
      ['start', tablet.id],
    ]);
    const recorded = (await secondsBySession()).toSorted(([, one], [, other]) => one - other).at(-1);
    expect(recorded![0]).toBe('ended');
    expect(recorded![1]).toBeGreaterThanOrEqual(30 * 60);
    expect(recorded![1]).toBeLessThan(30 * 60 + 10);
    // The app shows the timer as stopped. A stop that comes all the same has no effect.
    await app.queue.stop(local);
    await app.emptied();
    expect(app.phone.conflicts).toHaveLength(1);
    expect(await app.session(local)).toMatchObject({ status: 'ended', participants: [{ seconds_logged: 0 }] });
  });

  it('is not recorded if it was refused at once', async () => {
    const session = await createRunningSession(app.ana, group, 60 * 60);
    await app.queue.pause(session.id, ago(50));
    await app.emptied();
    const tablet = await createRunningSession(app.ana, group);
    await app.queue.resume(session.id);
    await app.emptied();
    expect(app.phone.conflictCodes()).toEqual([['resume', 'already_running']]);
    await app.queue.stop(session.id);
    await app.queue.stop(tablet.id);
    await app.emptied();
    expect(await secondsBySession()).toHaveLength(2);
  });

  it('is recorded: the session ended by itself after 12 hours, because the pause did not arrive', async () => {
    const session = await createRunningSession(app.ana, group);
    await advanceTime(app.api, (14 * HOUR) / 1000);
    app.phone.isOnline = false;
    await app.queue.pause(session.id, ago(10 * 60));
    await app.queue.resume(session.id, ago(3 * 60));
    await app.queue.stop(session.id, ago(60));
    app.phone.isOnline = true;
    await app.emptied();
    expect(app.phone.conflicts).toEqual([]);
    const [recorded, first] = await secondsBySession();
    expect(recorded).toEqual(['ended', 2 * 3600]);
    expect(first![0]).toBe('ended');
    expect(Math.abs(first![1] - 4 * 3600)).toBeLessThan(3);
  });

  it('is not recorded a second time: the API ended the session before a response to its start arrived', async () => {
    app.phone.fault = ({ operation }) => (operation === ':start' ? 'response lost' : undefined);
    const local = await app.queue.createSession({ group_id: group.id });
    await app.queue.start(local, ago(13 * 60));
    await until(() => app.phone.operations().includes(':start'));
    await app.queue.stop(local, ago(10 * 60));
    app.phone.fault = () => undefined;
    await app.emptied();
    expect(app.phone.conflicts).toEqual([]);
    expect(await secondsBySession()).toEqual([['ended', 3 * 3600]]);
  });

  it('is not recorded a second time: another device stopped the session before a response to the resume arrived', async () => {
    const session = await createRunningSession(app.ana, group, 60 * 60);
    await app.queue.pause(session.id, ago(50));
    await app.emptied();
    app.phone.fault = ({ operation }) => (operation === ':resume' ? 'response lost' : undefined);
    await app.queue.resume(session.id, ago(40));
    await until(() => app.phone.operations().includes(':resume'));
    await app.ana.post(`/api/sessions/${session.id}:stop`, { at: new Date(ago(20)).toISOString() }).expect(200);
    app.phone.fault = () => undefined;
    await app.emptied();
    expect(app.phone.conflicts).toEqual([]);
    expect(app.phone.sent.at(-1)).toMatchObject({ entry: { kind: 'resume' }, result: { status: 'ended' } });
    const [[status, seconds], ...others] = (await secondsBySession()) as [[string, number], ...unknown[]];
    expect([status, others]).toEqual(['ended', []]);
    expect(Math.abs(seconds - 30 * 60)).toBeLessThan(3);
  });

  it('is recorded up to the end of a group that ended meanwhile', async () => {
    const { id } = await createGroup(app.ana, { end_at: inDays(1) });
    app.phone.isOnline = false;
    const local = await app.queue.createSession({ group_id: id });
    await app.queue.start(local, Date.now() - 2000);
    await app.ana.post(`/api/groups/${id}:archive`).expect(200);
    const { archived_at } = await bodyOf<GroupDetail>(app.ana.get(`/api/groups/${id}`).expect(200));
    // After the archiving by the API's clock too, which the phone knows within a second.
    await after(1100);
    await app.queue.stop(local);
    app.phone.isOnline = true;
    await app.emptied();
    expect(app.phone.conflicts).toEqual([]);
    expect(await app.session(local)).toMatchObject({ group_id: id, status: 'ended', ended_at: archived_at });
  });
});
