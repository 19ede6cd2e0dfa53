import { isDeepStrictEqual } from 'node:util';
import type pg from 'pg';
import { CLOCK, USE_TEST_CLOCK } from '../../sql/support/clock.js';
import { observationFunctions } from './observations.sql.js';
import type { Statement } from './runner.js';

/**
 * Installs `run_script`, which runs a whole scenario in one statement. Column defaults and triggers read the scenario's
 * clock instead of the server's, so that a scenario may lie at any time in the past.
 */
const setupSql = `
  DO $$ DECLARE c record; BEGIN
    FOR c IN SELECT table_name, column_name FROM information_schema.columns
              WHERE table_schema = 'public' AND column_default LIKE '%now()%' LOOP
      EXECUTE format('ALTER TABLE %I ALTER %I SET DEFAULT %s', c.table_name, c.column_name,
        $default$coalesce(nullif(current_setting('${CLOCK}', true), '')::timestamptz, to_ms(now()))$default$);
    END LOOP;
  END $$;
  ${USE_TEST_CLOCK}

  ${observationFunctions}

  CREATE FUNCTION run_script(script json) RETURNS json LANGUAGE plpgsql AS $$
  DECLARE
    statement record;
    ids uuid[] := '{}';
    answer text;
    answers text[] := '{}';
    constraint_name text;
    code text;
  BEGIN
    FOR statement IN SELECT * FROM json_to_recordset(script) AS l (at text, sql text, returns_id boolean) LOOP
      BEGIN
        PERFORM set_config('${CLOCK}', statement.at, true);
        EXECUTE statement.sql INTO answer USING ids;
        SET CONSTRAINTS ALL IMMEDIATE;
        SET CONSTRAINTS ALL DEFERRED;
        IF statement.returns_id THEN ids := ids || answer::uuid; END IF;
      EXCEPTION WHEN OTHERS THEN
        GET STACKED DIAGNOSTICS constraint_name = CONSTRAINT_NAME, code = RETURNED_SQLSTATE, answer = MESSAGE_TEXT;
        answer := '!' || coalesce(nullif(constraint_name, ''), CASE WHEN code LIKE 'LK%' THEN code ELSE code || ' ' || answer END);
      END;
      answers := answers || coalesce(answer, '');
    END LOOP;
    RETURN to_json(answers);
  END $$`;

/** Also caches plans from the first RUN_SCRIPT on: each script is small, and there are thousands. */
export async function setUpDatabase(client: pg.ClientBase): Promise<void> {
  await client.query(setupSql);
  await client.query('SET plan_cache_mode = force_generic_plan');
}

const RUN_SCRIPT = { name: 'run_script', text: 'SELECT run_script($1) AS answers' };

/** Returns the database's answer to each statement, an error as `!code`. Rolls back unless `keep` is set. */
export async function runScript(client: pg.ClientBase, statements: Statement[], keep = false): Promise<string[]> {
  const script = statements.map(({ at, sql, returnsId = false }) => ({
    at: new Date(at).toISOString(),
    sql,
    returns_id: returnsId,
  }));
  void client.query('BEGIN');
  try {
    const { rows } = await client.query<{ answers: string[] }>({ ...RUN_SCRIPT, values: [JSON.stringify(script)] });
    return rows[0]!.answers;
  } finally {
    await client.query(keep ? 'COMMIT' : 'ROLLBACK');
  }
}

/** Errors are compared by code; successful commands have no other result. */
function isSame({ expected }: Statement, answer: string): boolean {
  if (answer.startsWith('!')) return expected === answer.slice(1);
  if (expected === null) return true;
  return typeof expected === 'object' && isDeepStrictEqual(JSON.parse(answer), expected);
}

/** Throws the transcript up to the first statement with an answer that is not the expected one. */
export function compare(statements: Statement[], answers: string[]): void {
  const wrong = statements.findIndex((statement, index) => !isSame(statement, answers[index]!));
  if (wrong < 0) return;
  const transcript = statements
    .slice(0, wrong + 1)
    .map(({ at, description }) => `${new Date(at).toISOString()}  ${description}`);
  throw new Error(
    `The database and the oracle differ at the last statement of\n\n${transcript.join('\n')}\n\n` +
      `oracle:   ${JSON.stringify(statements[wrong]!.expected)}\ndatabase: ${answers[wrong]!}\n`,
  );
}
