import { beforeAll, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { waitForDatabase } from '../../src/database/wait-for-database.js';
import { type Person, useApi } from '../support/api.js';

import { createGroup, createRunningSession } from '../support/factories.js';
import { type Binary, type PgBouncer, pgBouncers, startPgBouncer } from '../support/pgbouncer.js';
import { startProcess } from '../support/processes.js';
import { type Second, startSecond } from '../support/second.js';
import { query } from '../support/server.js';

/** Empty if no PgBouncer is installed. */
const found = await pgBouncers();
const OLD = /the pooler does not carry named prepared statements/;

const api = useApi();
let ana: Person;
beforeAll(async () => {
  Logger.overrideLogger(false);
  ana = await api.person('Ana');
});

async function behind(binary: Binary, settings: object, test: (pooler: PgBouncer) => Promise<void>): Promise<void> {
  const pooler = await startPgBouncer(binary, api.databaseUrl, { ...settings });
  try {
    await test(pooler);
  } finally {
    await pooler.stop();
  }
}

async function withApi(
  pooler: PgBouncer,
  test: (second: Second) => Promise<void>,
  listenUrl = api.databaseUrl,
): Promise<void> {
  const second = await startSecond(api, { DATABASE_URL: pooler.url, DATABASE_LISTEN_URL: listenUrl });
  try {
    await test(second);
  } finally {
    await second.stop();
  }
}

it('A direct connection carries named statements', async () => {
  await waitForDatabase({ DATABASE_URL: api.databaseUrl });
});

for (const binary of found.filter(({ carriesNames }) => carriesNames)) {
  describe(`PgBouncer ${binary.version} in transaction mode`, () => {
    const NAMES = { max_prepared_statements: 200 };

    it('serves parallel reads and writes', async () => {
      await behind(binary, NAMES, async (pooler) => {
        await waitForDatabase({ DATABASE_URL: pooler.url });
        await withApi(pooler, async (second) => {
          const mine = second.as(ana);
          const group = await createGroup(mine);
          const session = await createRunningSession(mine, group, 60);
          const paths = ['/api/me', '/api/groups', `/api/groups/${group.id}/members`, '/api/notifications'];
          const reads = Array.from({ length: 64 }, (_, nth) => mine.get(paths[nth % paths.length]!));
          const writes = Array.from({ length: 20 }, (_, nth) =>
            mine.post('/api/sessions', { group_id: group.id }, { 'idempotency-key': `${binary.version} ${nth}` }),
          );
          const answers = await Promise.all([...reads, ...writes]);
          expect(answers.map(({ status }) => status)).toEqual([...Array(64).fill(200), ...Array(20).fill(201)]);
          await mine.post(`/api/sessions/${session.id}:pause`).expect(200);
        });
      });
    });

    it('keeps no setting of the API for its other clients, also without a direct connection to listen', async () => {
      await behind(binary, { ...NAMES, default_pool_size: 1 }, async (pooler) => {
        const changes = async (second: Second): Promise<void> => {
          // Another person: Ana has the maximum number of scheduled sessions.
          const ben = second.as(await api.person('Ben'));
          await createRunningSession(ben, await createGroup(ben), 60);
          await ben.post('/api/sessions', {}, { 'idempotency-key': `lock ${binary.version}` }).expect(201);
        };
        await withApi(pooler, changes, pooler.url);
        const settings =
          "SELECT current_setting('lock_timeout') AS wait, current_setting('synchronous_commit') AS durable";
        expect(await query(pooler.url, settings)).toEqual([{ wait: '0', durable: 'on' }]);
      });
    });

    it('is named at the start if it does not carry named statements', async () => {
      await behind(binary, { max_prepared_statements: 0 }, async ({ url }) => {
        await expect(waitForDatabase({ DATABASE_URL: url })).rejects.toThrow(OLD);
      });
    });
  });
}

for (const binary of found) {
  describe(`PgBouncer ${binary.version}`, () => {
    it('in session mode carries named statements', async () => {
      await behind(binary, { pool_mode: 'session' }, ({ url }) => waitForDatabase({ DATABASE_URL: url }));
    });
  });
}

for (const binary of found.filter(({ carriesNames }) => !carriesNames)) {
  describe(`PgBouncer ${binary.version} in transaction mode`, () => {
    it('ends the start with one sentence', async () => {
      await behind(binary, {}, async ({ url }) => {
        const process = startProcess(api, 'src/main.ts', { DATABASE_URL: url });
        await process.end('SIGCONT');
        expect(process.child.exitCode).toBe(1);
        expect(process.printed()).toMatch(OLD);
        expect(process.printed().trim().split('\n')).toHaveLength(1);
      });
    }, 60_000);
  });
}
