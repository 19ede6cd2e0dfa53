/**
 * `npm run db:sql`: prints all migrations as one SQL script. Run with `psql -f` on an empty database, it has the same effect
 * as `npm run migrate`, including the migration log.
 */
import { MikroORM } from '@mikro-orm/postgresql';
import { tableSteps } from '../migrations/index.js';
import { routineChanges } from '../migrations/routines.js';
import { MIGRATION_LOG } from '../src/database/migrate.js';
import { ormOptions } from '../src/database/orm.js';

/** Required by the constructor of a migration; it does not connect. */
const orm = await MikroORM.init(ormOptions({ DATABASE_URL: 'postgres://nowhere/none', DATABASE_POOL_MAX: 1 }));

const steps = tableSteps.map((Step) => new Step(orm.driver, orm.config));
for (const step of steps) step.up();
const names = [...steps.map(({ name }) => name), 'routines'];

function sqlOf(step: (typeof steps)[number]): string {
  return step
    .getQueries()
    .map((query) => {
      if (typeof query !== 'string')
        throw new Error(`The migration ${step.name} contains a query that is not an SQL string.`);
      return query;
    })
    .join('\n');
}

// One transaction: an error rolls back the whole script.
console.log(`BEGIN;\nSET LOCAL timezone = 'UTC';\n${MIGRATION_LOG}\n`);
for (const step of steps) console.log(`-- ${step.name}\n${sqlOf(step)}`);
console.log(`-- routines\n${routineChanges([]).join('\n\n')}\n`);
console.log(
  `INSERT INTO mikro_orm_migrations (name) VALUES\n${names.map((name) => `  ('${name}')`).join(',\n')};\n\nCOMMIT;`,
);

await orm.close();
