import { isDeepStrictEqual } from 'node:util';
import type pg from 'pg';
import { CLOCK, FOLLOW_CLOCK } from '../../sql/support/clock.js';
import { looks } from './looks.sql.js';
import type { Line } from './play.js';

/**
 * Lets histories happen in a database, each in one statement that is rolled back. What the database's tables and
 * triggers take from the clock by themselves follows the history's instant here, so that any past can be played.
 */
const stage = `
  DO $$ DECLARE c record; BEGIN
    FOR c IN SELECT table_name, column_name FROM information_schema.columns
              WHERE table_schema = 'public' AND column_default LIKE '%now()%' LOOP
      EXECUTE format('ALTER TABLE %I ALTER %I SET DEFAULT %s', c.table_name, c.column_name,
        $default$coalesce(nullif(current_setting('${CLOCK}', true), '')::timestamptz, to_ms(now()))$default$);
    END LOOP;
  END $$;
  ${FOLLOW_CLOCK}

  ${looks}

  CREATE FUNCTION play_history(script json) RETURNS json LANGUAGE plpgsql AS $$
  DECLARE
    line record;
    ids uuid[] := '{}';
    answer text;
    answers text[] := '{}';
    broken text;
    code text;
  BEGIN
    FOR line IN SELECT * FROM json_to_recordset(script) AS l (at text, sql text, makes boolean) LOOP
      BEGIN
        PERFORM set_config('${CLOCK}', line.at, true);
        EXECUTE line.sql INTO answer USING ids;
        SET CONSTRAINTS ALL IMMEDIATE;
        SET CONSTRAINTS ALL DEFERRED;
        IF line.makes THEN ids := ids || answer::uuid; END IF;
      EXCEPTION WHEN OTHERS THEN
        GET STACKED DIAGNOSTICS broken = CONSTRAINT_NAME, code = RETURNED_SQLSTATE, answer = MESSAGE_TEXT;
        answer := '!' || coalesce(nullif(broken, ''), CASE WHEN code LIKE 'LK%' THEN code ELSE code || ' ' || answer END);
      END;
      answers := answers || coalesce(answer, '');
    END LOOP;
    RETURN to_json(answers);
  END $$`;

/** Also keeps plans from the first call on, since histories are many and each is small. */
export async function setStage(client: pg.ClientBase): Promise<void> {
  await client.query(stage);
  await client.query('SET plan_cache_mode = force_generic_plan');
}

const call = { name: 'play', text: 'SELECT play_history($1) AS answers' };

/** What the database answered to each line of a history, of which nothing stays unless it is to be kept. */
export async function answersTo(client: pg.ClientBase, lines: Line[], keep = false): Promise<string[]> {
  const script = lines.map(({ at, sql, makes }) => ({ at: new Date(at).toISOString(), sql, makes: makes ?? false }));
  void client.query('BEGIN');
  try {
    const { rows } = await client.query<{ answers: string[] }>({ ...call, values: [JSON.stringify(script)] });
    return rows[0]!.answers;
  } finally {
    await client.query(keep ? 'COMMIT' : 'ROLLBACK');
  }
}

/** Refusals are told by their code; of other deeds only that they were done. */
function isSame({ expected }: Line, answer: string): boolean {
  if (answer.startsWith('!')) return expected === answer.slice(1);
  if (expected === null) return true;
  return typeof expected === 'object' && isDeepStrictEqual(JSON.parse(answer), expected);
}

/** Throws the readable history up to the first line that the database and the oracle see differently. */
export function compare(lines: Line[], answers: string[]): void {
  const wrong = lines.findIndex((line, index) => !isSame(line, answers[index]!));
  if (wrong < 0) return;
  const story = lines.slice(0, wrong + 1).map(({ at, says }) => `${new Date(at).toISOString()}  ${says}`);
  throw new Error(
    `The database and the oracle differ at the last line of\n\n${story.join('\n')}\n\n` +
      `oracle:   ${JSON.stringify(lines[wrong]!.expected)}\ndatabase: ${answers[wrong]!}\n`,
  );
}
