/**
 * `npm run db:sql`: prints the tables' steps and the routines as one script for `psql -f`, which makes an empty database
 * what `npm run migrate` makes it; the application then finds nothing to migrate.
 */
import { MikroORM } from '@mikro-orm/postgresql';
import { tableSteps } from '../migrations/index.js';
import { routineChanges } from '../migrations/routines.js';
import { MIGRATION_LOG } from '../src/database/migrate.js';
import { ormOptions } from '../src/database/orm.js';

/** Migrations are made with an ORM. This one connects to nothing. */
const orm = await MikroORM.init(ormOptions({ DATABASE_URL: 'postgres://nowhere/none', DATABASE_POOL_MAX: 1 }));

const steps = tableSteps.map((Step) => new Step(orm.driver, orm.config));
for (const step of steps) step.up();
const names = [...steps.map(({ name }) => name), 'routines'];

function sqlOf(step: (typeof steps)[number]): string {
  return step
    .getQueries()
    .map((query) => {
      if (typeof query !== 'string') throw new Error(`${step.name} runs something that is no plain SQL`);
      return query;
    })
    .join('\n');
}

// All or nothing: after an error psql rolls the rest back.
console.log(`BEGIN;\nSET LOCAL timezone = 'UTC';\n${MIGRATION_LOG}\n`);
for (const step of steps) console.log(`-- ${step.name}\n${sqlOf(step)}`);
console.log(`-- routines\n${routineChanges([]).join('\n\n')}\n`);
console.log(
  `INSERT INTO mikro_orm_migrations (name) VALUES\n${names.map((name) => `  ('${name}')`).join(',\n')};\n\nCOMMIT;`,
);

await orm.close();
