import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { startCognito, type LocalCognito } from './cognito.js';
import { fillDemo } from './demo.js';
import { firstState, localFolder, readState, writeState, type LocalState } from './local-state.js';
import { DEMO_PASSWORD, demoPeople, type DemoPerson } from './people.js';
import { freePort } from './ports.js';
import { startPostgres, type Postgres } from './postgres.js';
import { RACE_PATH } from './race-view.js';
import { claim } from './running-once.js';
import { startS3, type LocalS3 } from './s3.js';
import { reachableByServer } from './server-user.js';
import { LOCAL_TOKEN_PATH } from './token-endpoint.js';

export interface LocalStack {
  /** The settings that were missing, for readEnvironment and for the AWS SDK. */
  readonly environment: Readonly<Record<string, string>>;
  readonly people: readonly DemoPerson[];
  readonly cognito: LocalCognito | undefined;
  /** Once the database is migrated. Only a local database is filled, never one that somebody named. */
  fillDemo(): Promise<void>;
  announce(apiUrl: string): void;
  stop(): Promise<void>;
}

type Source = Readonly<Record<string, string | undefined>>;

interface Parts {
  postgres: Postgres | undefined;
  cognito: LocalCognito | undefined;
  s3: LocalS3 | undefined;
}

const DATABASE = 'lockin';
const PATIENCE_MS = 2_000;

/** Starts what the settings do not name: database, sign-in, file storage; on this machine only, data in `.local/`. */
export async function startLocalStack(env: Source): Promise<LocalStack> {
  return start(env).catch((error: unknown) => {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== 'EACCES' && code !== 'EPERM') throw error;
    throw new Error(`.local/ belongs to another user: start LockIN as that user, or remove it. (${message})`);
  });
}

async function start(env: Source): Promise<LocalStack> {
  const folder = await localFolder();
  const release = await claim(folder);
  const waiting = setTimeout(() => console.log('Starting PostgreSQL, sign-in and file storage ...'), PATIENCE_MS);
  try {
    const parts = await startParts(folder, env);
    return stackOf(parts, env, release);
  } catch (error) {
    release();
    throw error;
  } finally {
    clearTimeout(waiting);
  }
}

async function startParts(folder: string, env: Source): Promise<Parts> {
  const known = await readState(folder);
  const state = known ?? firstState();
  const serverFolder = join(await reachableByServer(folder), 'postgres');
  if (!known) {
    // A server folder outside the project may be left from a clone that is gone, with a password that is lost.
    await rm(serverFolder, { recursive: true, force: true });
    await writeState(folder, state);
  }
  const [database, signIn, files] = await Promise.allSettled([
    env['DATABASE_URL'] ? undefined : startDatabase(serverFolder, state),
    env['COGNITO_ISSUER'] ? undefined : startSignIn(folder, state, env['MAINTENANCE_GROUP'] || 'admin'),
    env['S3_BUCKET'] ? undefined : startFiles(folder, state),
  ]);
  try {
    const parts = { postgres: valueOf(database), cognito: valueOf(signIn), s3: valueOf(files) };
    const { ports } = state;
    await writeState(folder, {
      ...state,
      ports: {
        database: parts.postgres?.port ?? ports.database,
        signIn: parts.cognito?.port ?? ports.signIn,
        files: parts.s3?.port ?? ports.files,
      },
    });
    return parts;
  } catch (error) {
    const started = [database, signIn, files].flatMap((part) => (part.status === 'fulfilled' ? [part.value] : []));
    await Promise.all(started.map(async (part) => part?.stop()));
    throw error;
  }
}

function valueOf<T>(result: PromiseSettledResult<T>): T {
  if (result.status === 'rejected') throw result.reason;
  return result.value;
}

async function startDatabase(folder: string, state: LocalState): Promise<Postgres> {
  const postgres = await startPostgres({ folder, password: state.databasePassword, port: state.ports.database });
  const client = new pg.Client({ connectionString: postgres.url('postgres') });
  try {
    await client.connect();
    await setAsideVersion1(client, postgres);
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [DATABASE]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${DATABASE}`);
    return postgres;
  } catch (error) {
    await postgres.stop();
    throw error;
  } finally {
    await client.end();
  }
}

/** The steps of version 1 were never released; nothing leads from its tables to today's. */
async function setAsideVersion1(client: pg.Client, postgres: Postgres): Promise<void> {
  const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [DATABASE]);
  if (rowCount === 0) return;
  const inside = new pg.Client({ connectionString: postgres.url(DATABASE) });
  await inside.connect();
  const { rows } = await inside.query(`SELECT FROM pg_tables WHERE schemaname = 'public' AND tablename = 'job_ticks'`);
  await inside.end();
  if (rows.length === 0) return;
  const aside = `${DATABASE}_version_1_${Date.now()}`;
  await client.query(`ALTER DATABASE ${DATABASE} RENAME TO ${aside}`);
  console.log(
    `The local data are of version 1: they are kept in the database ${aside}, and LockIN starts with new ones.`,
  );
}

async function startSignIn(folder: string, state: LocalState, maintenanceGroup: string): Promise<LocalCognito> {
  return startCognito(join(folder, 'cognito'), await freePort(state.ports.signIn), demoPeople, maintenanceGroup);
}

async function startFiles(folder: string, state: LocalState): Promise<LocalS3> {
  return startS3(join(folder, 's3'), await freePort(state.ports.files));
}

function stackOf({ postgres, cognito, s3 }: Parts, env: Source, release: () => void): LocalStack {
  return {
    environment: {
      ...(postgres && { DATABASE_URL: postgres.url(DATABASE) }),
      ...(cognito && {
        COGNITO_ISSUER: cognito.issuer,
        COGNITO_CLIENT_IDS: cognito.clientId,
        COGNITO_JWKS_URI: `${cognito.issuer}/.well-known/jwks.json`,
        LOCAL_TOKEN_URL: LOCAL_TOKEN_PATH,
      }),
      ...s3?.environment,
    },
    people: cognito ? demoPeople : [],
    cognito,
    fillDemo: async () => {
      if (postgres && cognito) await fillDemo(postgres.url(DATABASE), env['AUTH_PROVIDER'] || 'cognito');
    },
    announce: (apiUrl) => console.log(announcement(apiUrl, cognito ? demoPeople : [])),
    stop: async () => {
      await Promise.all([postgres?.stop(), cognito?.stop(), s3?.stop()]);
      release();
    },
  };
}

function announcement(apiUrl: string, people: readonly DemoPerson[]): string {
  const role = (person: DemoPerson): string => (person.maintenance ? '  (maintenance)' : '');
  return [
    '',
    `LockIN is running at ${apiUrl}`,
    `Swagger UI:         ${apiUrl}/docs`,
    ...(people.length > 0 ? [`The race, live:     ${apiUrl}${RACE_PATH}`] : []),
    ...(people.length > 0 ? ['', `Sign in to Swagger UI (Authorize) with the password ${DEMO_PASSWORD} as`] : []),
    ...people.map((person) => `  ${person.email}${role(person)}`),
    '',
    'Ctrl-C stops everything; the data stay in .local/ for the next start.',
    '',
  ].join('\n');
}
