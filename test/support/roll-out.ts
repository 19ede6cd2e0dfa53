import pg from 'pg';

/** Longer than a verb takes, and short enough that verbs which queue up behind the lock do not notice. */
const LOCK_TIMEOUT = '500ms';
const LOCK_NOT_AVAILABLE = '55P03';
const DEADLOCK = '40P01';
const ATTEMPTS = 100;

const ROUTINES = `
  SELECT pg_get_functiondef(p.oid) AS text FROM pg_proc p
   WHERE p.pronamespace = 'public'::regnamespace AND p.prokind = 'f'
     AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e') ORDER BY p.oid`;

const TABLES = `
  SELECT string_agg(format('%I', c.relname), ', ' ORDER BY c.relname) AS all,
         string_agg(format('ALTER TABLE %I ADD COLUMN %I integer NOT NULL DEFAULT 7;', c.relname, $1::text), ' ') AS alter
    FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'`;

async function connected<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Replaces all routines by what they are, in place and in one transaction. */
export const replaceRoutines = (url: string): Promise<void> =>
  connected(url, async (client) => {
    const { rows } = await client.query<{ text: string }>(ROUTINES);
    await client.query(['BEGIN', ...rows.map(({ text }) => text), 'COMMIT'].join(';\n'));
  });

/** Adds a column to all tables in one transaction; gives up and tries again where it would hold up others for long. */
export const addColumns = (url: string, column: string): Promise<void> =>
  connected(url, async (client) => {
    const { rows } = await client.query<{ all: string; alter: string }>(TABLES, [column]);
    const { all, alter } = rows[0]!;
    for (let attempt = 1; ; attempt++) {
      try {
        await client.query(`BEGIN; SET LOCAL lock_timeout = '${LOCK_TIMEOUT}'; LOCK TABLE ${all}; ${alter} COMMIT`);
        return;
      } catch (error) {
        await client.query('ROLLBACK');
        const { code = '' } = error as pg.DatabaseError;
        if (attempt === ATTEMPTS || ![LOCK_NOT_AVAILABLE, DEADLOCK].includes(code)) throw error;
      }
    }
  });
