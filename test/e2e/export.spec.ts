import { expect, it } from '@jest/globals';
import { useApi } from '../support/api.js';

import {
  createGroup,
  agoSeconds,
  createInvite,
  createRunningSession,
  addMembers,
  override,
  people,
} from '../support/factories.js';
import { recordFocusToday } from '../support/focus.js';
import { created, done, on, onMember, where } from '../support/sdk.js';
import { zoneAtNoon } from '../support/time.js';

type Rows = Record<string, unknown>[];

const api = useApi();

it('An export contains all data about the caller, and no other data', async () => {
  const [ben, cleo] = await people(api, 'Ben Secret', 'Cleo Secret');
  const ana = await api.person('Ana', { sub: 'ana-subject', email: 'ana@example.com' });
  const dora = await api.person('Dora', { email: 'dora.secret@example.com' });
  const group = await createGroup(ana, { name: 'Club', timezone: zoneAtNoon() });
  await addMembers(ana, group, ben, dora);
  await override(ana, group, ana, 30);
  await override(ana, group, ben, 77);
  await recordFocusToday(api, ana, group, 31);
  const running = await createRunningSession(ben, group, 120);
  await created(ana.api.POST('/api/sessions/{id}/participants', on(running)));
  const byHand = { started_at: agoSeconds(60), ended_at: agoSeconds(30) };
  const underKey = { ...on(running, byHand), headers: { 'idempotency-key': 'a log' } };
  const log = await ana.api.POST('/api/sessions/{id}/logs', underKey);
  await done(ana.api.DELETE('/api/sessions/{id}/participants/{userId}', onMember(running, ana)));
  const foreign = await createGroup(cleo, { name: 'Elsewhere' });
  await createInvite(cleo, foreign, ana);
  await done(ana.api.GET('/api/profiles/lookup', where({ email: 'dora.secret@example.com' })));

  const { status, headers, body, text } = await ana.get('/api/me/export');
  expect(status).toBe(200);
  expect(headers['content-type']).toMatch(/^application\/json/);
  expect(headers['content-disposition']).toMatch(/^attachment; filename="[\w-]+\.json"$/);
  const told = body as Record<string, Rows> & { profile: Record<string, unknown> };
  expect(told.profile).toMatchObject({ id: ana.id, email: 'ana@example.com', display_name: 'Ana' });
  expect(told['identities']).toMatchObject([{ provider: 'cognito', subject: 'ana-subject' }]);
  expect(told['memberships']).toMatchObject([
    { role: 'owner', override_period_target_minutes: 30, group: { id: group.id, name: 'Club' } },
  ]);
  expect(told['targets']!.map(({ target_minutes }) => target_minutes)).toEqual([null, 30]);
  expect(told['sessions']).toHaveLength(2);
  const ofBen = told['sessions']!.find(({ role }) => role === 'participant')!;
  expect(ofBen).toMatchObject({ session: { id: running.id }, left_at: expect.any(String) });
  expect(ofBen['logs']).toContainEqual(expect.objectContaining({ ...byHand, manual: true, user_id: ana.id }));
  expect(told['milestones']).toMatchObject([{ group_id: group.id }]);
  expect(told['notifications']!.map(({ kind }) => kind)).toEqual(
    expect.arrayContaining(['group_invite', 'milestone_member']),
  );
  expect(told['limited_actions']).toContainEqual(expect.objectContaining({ action: 'lookup in a day' }));
  // The SDK sent keys for the group and two invites.
  expect(told['idempotency_keys']).toHaveLength(4);
  const location = log.response.headers.get('location');
  expect(told['idempotency_keys']).toContainEqual({
    key: 'a log',
    status: 201,
    location,
    created_at: expect.any(String),
  });

  for (const secret of ['dora.secret', '77'])
    expect(text.replaceAll(/[\d-]+T[\d:.]+Z|[0-9a-f-]{32,36}/g, '')).not.toContain(secret);
  for (const log of told['sessions']!.flatMap(({ logs }) => logs as Rows)) expect(log['user_id']).toBe(ana.id);
  for (const { recipient_id } of told['notifications']!) expect(recipient_id).toBe(ana.id);
});

it('An export of a new account is complete as well', async () => {
  const ana = await api.person('Ana');
  expect(await done(ana.api.GET('/api/me/export'))).toMatchObject({
    profile: { id: ana.id, email: null },
    memberships: [],
    targets: [],
    sessions: [],
    milestones: [],
    notifications: [],
    limited_actions: [],
    idempotency_keys: [],
  });
});
