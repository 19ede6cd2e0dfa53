import type { SessionDetail, TimeLog } from '../../src/sessions/sessions.dto.js';
import type { Person } from './api.js';
import type { Call } from './call.js';
import { agoSeconds, aSession } from './factories.js';

export const verb = (by: Person, id: string, name: string, at?: string | null): Call =>
  by.post(`/api/sessions/${id}:${name}`, at === undefined ? undefined : { at });

export const sessionOf = (by: Person, id: string): Promise<SessionDetail> =>
  by.get(`/api/sessions/${id}`).expect<SessionDetail>(200);

export const logsOf = (by: Person, id: string): Promise<TimeLog[]> =>
  by.get(`/api/sessions/${id}/logs`).expect<TimeLog[]>(200);

export const joinSession = (by: Person, id: string): Call => by.post(`/api/sessions/${id}/participants`);

export const addLog = (by: Person, id: string, started_at: string, ended_at: string): Call =>
  by.post(`/api/sessions/${id}/logs`, { started_at, ended_at });

/** The id of a session that was brought into a state a minute ago. */
export async function aSessionIn(state: string, host: Person, group: { id: string }): Promise<string> {
  const { id } = await aSession(host, group);
  if (state === 'scheduled') return id;
  await verb(host, id, 'start', agoSeconds(120)).expect(200);
  if (state === 'paused') await verb(host, id, 'pause', agoSeconds(60)).expect(200);
  if (state === 'ended') await verb(host, id, 'stop', agoSeconds(60)).expect(200);
  return id;
}
