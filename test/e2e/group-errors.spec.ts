import { beforeAll, describe, expect, it } from '@jest/globals';
import { type Person, useApi } from '../support/api.js';
import { bodyOf, problem, type ProblemBody } from '../support/request.js';

const api = useApi();
let ana: Person;

beforeAll(async () => {
  ana = await api.person('Ana');
});

const valid = {
  name: 'Thesis',
  end_at: '2099-01-01T00:00:00Z',
  timezone: 'Europe/Paris',
  period: 'daily',
  period_target_minutes: 60,
};

async function pointers(call: ReturnType<Person['post']>): Promise<string[]> {
  const { errors = [] } = await bodyOf<ProblemBody>(call.expect(problem(400, 'invalid_request')));
  return errors.map(({ pointer }) => pointer).sort();
}

const creating = (fields: object): Promise<string[]> => pointers(ana.post('/api/groups', { ...valid, ...fields }));

describe('A 400 lists every error, also those that the database alone finds:', () => {
  it('a name and a time zone', async () => {
    expect(await creating({ name: '', timezone: 'FOO' })).toEqual(['/name', '/timezone']);
  });

  it('a name that cannot be seen, and another field', async () => {
    expect(await creating({ name: '\u200B' })).toEqual(['/name']);
    expect(await creating({ name: '\u3164', timezone: 'FOO', period: 'monthly' })).toEqual([
      '/name',
      '/period',
      '/timezone',
    ]);
    const patching = (change: object): Promise<string[]> => pointers(ana.patch('/api/me', change));
    expect(await patching({ display_name: '\u2066\u00AD' })).toEqual(['/display_name']);
    expect(await patching({ display_name: '\u200B', avatar_url: 5 })).toEqual(['/avatar_url', '/display_name']);
    const strange = { display_name: '\u200B', avatar_url: 'https://example.com/a.png' };
    expect(await patching(strange)).toEqual(['/avatar_url', '/display_name']);
  });

  it('an unknown property, a time zone, an end in the past and a target too long for the period', async () => {
    const fields = { extra: 1, timezone: 'FOO', end_at: '2001-01-01T00:00:00Z', period_target_minutes: 2000 };
    expect(await creating(fields)).toEqual(['/end_at', '/extra', '/period_target_minutes', '/timezone']);
  });

  it('several of the database, where each field is well-formed', async () => {
    const fields = { timezone: 'Mars/Phobos', start_at: '2098-01-01T00:00:00Z', end_at: '2097-01-01T00:00:00Z' };
    expect(await creating({ ...fields, period_target_minutes: 1441 })).toEqual([
      '/end_at',
      '/period_target_minutes',
      '/timezone',
    ]);
  });

  it('a field without another that it depends on is not judged', async () => {
    expect(await creating({ period: 'monthly', period_target_minutes: 10_080 })).toEqual(['/period']);
  });

  it('in a change of a group', async () => {
    const { id } = await bodyOf<{ id: string }>(ana.post('/api/groups', valid).expect(201));
    const change = { name: '', end_at: '2001-01-01T00:00:00Z', period_target_minutes: 1441 };
    expect(await pointers(ana.patch(`/api/groups/${id}`, change))).toEqual([
      '/end_at',
      '/name',
      '/period_target_minutes',
    ]);
    const wellFormed = { end_at: '2001-01-01T00:00:00Z', period_target_minutes: 1441 };
    expect(await pointers(ana.patch(`/api/groups/${id}`, wellFormed))).toEqual(['/end_at', '/period_target_minutes']);
  });

  it('and nothing of a group that the user may not see', async () => {
    const { id } = await bodyOf<{ id: string }>(ana.post('/api/groups', valid).expect(201));
    const ben = await api.person('Ben');
    expect(await pointers(ben.patch(`/api/groups/${id}`, { name: '', period_target_minutes: 1441 }))).toEqual([
      '/name',
    ]);
  });

  it('and stays a 400 if the database cannot be asked', async () => {
    await api.database.query('ALTER FUNCTION group_violations RENAME TO away');
    try {
      expect(await creating({ name: '', timezone: 'FOO' })).toEqual(['/name']);
    } finally {
      await api.database.query('ALTER FUNCTION away RENAME TO group_violations');
    }
  });
});
