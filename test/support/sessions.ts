import type { Result } from '@lockin/sdk';
import type { Person } from './api.js';
import { agoSeconds, createSession } from './factories.js';
import { done, on, type Schema } from './sdk.js';

export type Verb = 'start' | 'pause' | 'resume' | 'stop';

export const VERBS: readonly Verb[] = ['start', 'pause', 'resume', 'stop'];

export const verb = (
  by: Person,
  id: string,
  name: Verb,
  at?: string | null,
): Promise<Result<Schema<'SessionDetail'>>> =>
  by.api.POST(`/api/sessions/{id}:${name}`, on({ id }, at === undefined ? undefined : { at }));

export const sessionOf = (by: Person, id: string): Promise<Schema<'SessionDetail'>> =>
  done(by.api.GET('/api/sessions/{id}', on({ id })));

export const logsOf = (by: Person, id: string): Promise<Schema<'TimeLog'>[]> =>
  done(by.api.GET('/api/sessions/{id}/logs', on({ id })));

export const joinSession = (by: Person, id: string): Promise<Result<Schema<'Participant'>>> =>
  by.api.POST('/api/sessions/{id}/participants', on({ id }));

export const addLog = (
  by: Person,
  id: string,
  started_at: string,
  ended_at: string,
): Promise<Result<Schema<'TimeLog'>>> => by.api.POST('/api/sessions/{id}/logs', on({ id }, { started_at, ended_at }));

/** The id of a session that has been in a state for a minute. */
export async function createSessionIn(
  state: Schema<'SessionStatus'>,
  host: Person,
  group: { id: string },
): Promise<string> {
  const { id } = await createSession(host, group);
  if (state === 'scheduled') return id;
  await done(verb(host, id, 'start', agoSeconds(120)));
  if (state === 'paused') await done(verb(host, id, 'pause', agoSeconds(60)));
  if (state === 'ended') await done(verb(host, id, 'stop', agoSeconds(60)));
  return id;
}
