import type { QueueEntry, Session } from '@lockin/sdk';
import { mySession } from '../src/timer/my-session';

const groupId = 'a-group';
const running = { id: 'on-server', group_id: groupId, status: 'running' } as Session;
const create = { key: '1', kind: 'createSession', session: 'local:1', body: { group_id: groupId } } as const;
const verb = (kind: 'start' | 'pause' | 'resume' | 'stop', session: string): QueueEntry => ({
  key: kind,
  kind,
  session,
  at: 0,
});
const queue = (pending: QueueEntry[], serverIds: Record<string, string> = {}) => ({
  pending,
  serverIdOf: (id: string) => serverIds[id],
});

it('is what the API has shown while nothing waits', () => {
  expect(mySession([running], queue([]), groupId)).toEqual({ id: 'on-server', status: 'running' });
  expect(mySession([], queue([]), groupId)).toBeUndefined();
});

it('is changed by what waits in the queue', () => {
  expect(mySession([running], queue([verb('pause', 'on-server')]), groupId)?.status).toBe('paused');
  expect(mySession([running], queue([verb('stop', 'on-server')]), groupId)).toBeUndefined();
});

it('is one that only the queue knows', () => {
  const pending = [create, verb('start', 'local:1')];
  expect(mySession([], queue(pending), groupId)).toEqual({ id: 'local:1', status: 'running' });
  expect(mySession([], queue(pending), 'another-group')).toBeUndefined();
});

it('stays the same session when the queue has created it on the server', () => {
  const created: Session = { ...running, status: 'scheduled' };
  const sent = queue([verb('start', 'local:1')], { 'local:1': 'on-server' });
  expect(mySession([created], sent, groupId)).toEqual({ id: 'on-server', status: 'running' });
});
