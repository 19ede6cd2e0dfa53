import { expect, it } from '@jest/globals';
import { Database, statement } from '../../src/database/database.js';
import { useApi } from '../support/api.js';
import { startSecond } from '../support/second.js';

const api = useApi();

const plans = statement<[], { custom: number; generic: number }>(
  'plans',
  `SELECT custom_plans::integer AS custom, generic_plans::integer AS generic
     FROM pg_prepared_statements WHERE name = 'notification_list'`,
);

/** Left to itself, PostgreSQL plans it at least five times, with the values in place of the parameters. */
it('A connection plans a statement once for all users, whatever the settings of its role', async () => {
  // As the owner of the tables, whose role has no settings.
  const owner = await startSecond(api, { DATABASE_POOL_MAX: '1' });
  const ana = owner.as(await api.person('Ana'));
  for (let i = 0; i < 8; i++) await ana.get('/api/notifications').expect(200);
  expect(await owner.app.get(Database).one(plans)).toEqual({ custom: 0, generic: 8 });
});
