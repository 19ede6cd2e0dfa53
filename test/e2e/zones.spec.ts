import { beforeAll, describe, expect, it } from '@jest/globals';
import { type Person, useApi } from '../support/api.js';
import { bodyOf, problem, type ProblemBody } from '../support/request.js';
import { inDays } from '../support/factories.js';
import type { Schema } from '../support/sdk.js';

describe('A group in a time zone', () => {
  const api = useApi();
  let ana: Person;

  beforeAll(async () => {
    ana = await api.person('Ana');
  });

  const create = (timezone: string) =>
    ana.post('/api/groups', {
      name: 'Deep work',
      end_at: inDays(30),
      timezone,
      period: 'daily',
      period_target_minutes: 60,
    });

  it.each([
    'europe/paris',
    'FOO+99',
    'posix/Europe/Paris',
    'right/Europe/Paris',
    'EST',
    'Japan',
    'utc',
    'Nowhere/Land',
  ])('is not made if that is spelled “%s”', async (timezone) => {
    const { errors } = await bodyOf<ProblemBody>(create(timezone).expect(problem(400, 'invalid_request')));
    expect(errors).toMatchObject([{ pointer: '/timezone' }]);
  });

  it('is made as soon as the database server knows the zone', async () => {
    const group = await bodyOf<Schema<'GroupDetail'>>(create('Asia/Tokyo').expect(201));
    expect(group.timezone).toBe('Asia/Tokyo');
  });
});
