import { createLockInClient, type LockInClient, unwrap } from '@lockin/sdk';
import { ana, ben, chloe, dev, type DemoUser, maya } from '../../local/demo-users.js';
import { signIn } from '../../test/local/local-api.js';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** Spread over the day, so that the local time is near EVENING_HOUR in one of them. */
const TIMEZONES = [
  'Asia/Tokyo',
  'Asia/Kolkata',
  'Europe/Paris',
  'America/Sao_Paulo',
  'America/Denver',
  'Pacific/Honolulu',
];
const EVENING_HOUR = 20;

/** Creates a group with a running session hosted by Chloé, time logs and an invite. Returns the ID of the group. */
export async function createDemoRace(url: string): Promise<string> {
  const clients = new Map<DemoUser, LockInClient>();
  for (const user of [ana, ben, chloe, dev, maya]) clients.set(user, await signedInClient(url, user));
  const as = (user: DemoUser): LockInClient['api'] => clients.get(user)!.api;

  const group = await createGroup(as(chloe), 'Evening studio', 'Phones away, lamps on.');
  for (const user of [ana, ben, dev, maya]) {
    const path = { id: group };
    const user_id = (await unwrap(as(user).GET('/api/me'))).id;
    await unwrap(as(chloe).POST('/api/groups/{id}/members', { params: { path }, body: { user_id, role: 'member' } }));
  }
  await createSession(as, group);

  const other = await createGroup(as(ana), 'Deep work December', '');
  const recipient_id = (await unwrap(as(chloe).GET('/api/me'))).id;
  const path = { id: other };
  await unwrap(as(ana).POST('/api/groups/{id}:invite', { params: { path }, body: { recipient_id } }));
  return group;
}

async function createSession(as: (user: DemoUser) => LockInClient['api'], group_id: string): Promise<void> {
  const { id } = await unwrap(as(chloe).POST('/api/sessions', { body: { group_id } }));
  const params = { path: { id } };
  await unwrap(as(chloe).POST('/api/sessions/{id}:start', { params, body: { at: ago(190) } }));
  await unwrap(as(chloe).POST('/api/sessions/{id}:pause', { params, body: { at: ago(150) } }));
  await unwrap(as(chloe).POST('/api/sessions/{id}:resume', { params, body: { at: ago(64) } }));
  for (const [user, from, to] of [
    [ben, 188, 60],
    [dev, 150, 81],
    [ana, 160, 113],
  ] as const) {
    const body = { started_at: ago(from), ended_at: ago(to) };
    await unwrap(as(user).POST('/api/sessions/{id}/logs', { params, body }));
  }
  const { id: userId } = await unwrap(as(ana).GET('/api/me'));
  await unwrap(as(ana).DELETE('/api/sessions/{id}/participants/{userId}', { params: { path: { id, userId } } }));
}

async function createGroup(api: LockInClient['api'], name: string, description: string): Promise<string> {
  const hour = (timeZone: string): number =>
    Number(new Intl.DateTimeFormat('en-GB', { timeZone, hour: 'numeric' }).format());
  const timezone = TIMEZONES.toSorted(
    (a, b) => Math.abs(hour(a) - EVENING_HOUR) - Math.abs(hour(b) - EVENING_HOUR),
  )[0]!;
  const body = {
    name,
    description,
    timezone,
    period: 'daily',
    period_target_minutes: 120,
    start_at: ago(3 * 24 * 60),
    end_at: new Date(Date.now() + 30 * DAY_MS).toISOString(),
  } as const;
  return (await unwrap(api.POST('/api/groups', { body }))).id;
}

async function signedInClient(baseUrl: string, { email }: DemoUser): Promise<LockInClient> {
  const { access_token } = (await (await signIn(baseUrl, email)).json()) as { access_token: string };
  return createLockInClient({ baseUrl, token: () => access_token });
}

function ago(minutes: number): string {
  return new Date(Date.now() - minutes * MINUTE_MS).toISOString();
}
