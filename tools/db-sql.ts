/**
 * `npm run db:sql`: prints the migrations as one script for `psql -f`, which makes an empty database what the migrations
 * make it; the application then finds nothing to migrate.
 */
import { MikroORM } from '@mikro-orm/postgresql';
import { migrations } from '../migrations/index.js';
import { ormOptions } from '../src/database/orm.js';

/** Migrations are made with an ORM. This one connects to nothing. */
const orm = await MikroORM.init(ormOptions({ DATABASE_URL: 'postgres://nowhere/none', DATABASE_POOL_MAX: 1 }));

const steps = migrations.map((Step) => new Step(orm.driver, orm.config));
for (const step of steps) step.up();

/** The table in which MikroORM remembers what has run, as it makes it. */
const memory = `
CREATE TABLE mikro_orm_migrations (
  id serial PRIMARY KEY,
  name varchar(255) NOT NULL,
  executed_at timestamptz(6) NOT NULL DEFAULT current_timestamp(6)
);
INSERT INTO mikro_orm_migrations (name) VALUES
${steps.map(({ name }) => `  ('${name}')`).join(',\n')};
`;

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
console.log('BEGIN;\n');
for (const step of steps) console.log(`-- ${step.name}\n${sqlOf(step)}`);
console.log(`-- What the application finds done\n${memory}\nCOMMIT;`);

await orm.close();
