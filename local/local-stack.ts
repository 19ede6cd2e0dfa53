import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { startCognito, type LocalCognito } from './cognito.js';
import { fillDemo } from './demo.js';
import { DEMO_PASSWORD, demoUsers, type DemoUser } from './demo-users.js';
import { initialState, localFolder, readState, writeState, type LocalState } from './local-state.js';
import { freePort, requireFreePort } from './ports.js';
import { isEveryAddress, networkAddresses } from './network.js';
import { startPostgres, type Postgres } from './postgres.js';
import { RACE_PATH } from './race-view.js';
import { startS3, type LocalS3 } from './s3.js';
import { serverAccessibleFolder } from './server-user.js';
import { acquireLock } from './single-instance.js';
import { LOCAL_PEOPLE_PATH, LOCAL_TOKEN_PATH } from './token-endpoint.js';

export interface LocalStack {
  /** Values for the missing settings, including those of the AWS SDK. */
  readonly environment: Readonly<Record<string, string>>;
  readonly users: readonly DemoUser[];
  readonly cognito: LocalCognito | undefined;
  /** Inserts the demo data. Requires a migrated database; does nothing if DATABASE_URL or COGNITO_ISSUER was set. */
  fillDemo(): Promise<void>;
  printStartupMessage(apiUrl: string): void;
  stop(): Promise<void>;
}

type Source = Readonly<Record<string, string | undefined>>;

interface Services {
  postgres: Postgres | undefined;
  cognito: LocalCognito | undefined;
  s3: LocalS3 | undefined;
}

const DATABASE = 'lockin';

/** Where `expo start` serves an app on the web. */
const EXPO_ORIGINS = 'http://localhost:8081,http://127.0.0.1:8081';

/** Starts the services that are not configured, with their data in `.local/`. */
export async function startLocalStack(env: Source): Promise<LocalStack> {
  const folder = await localFolder();
  const release = await acquireLock(folder);
  try {
    await requireFreePort(env['PORT'] || '3000', env['HOST']);
    console.log('Starting PostgreSQL, the user pool and file storage ...');
    return createStack(await startServices(folder, env), env, release);
  } catch (error) {
    release();
    throw error;
  }
}

async function startServices(folder: string, env: Source): Promise<Services> {
  const savedState = await readState(folder);
  const state = savedState ?? initialState();
  const serverFolder = join(await serverAccessibleFolder(folder), 'postgres');
  if (!savedState) {
    // A replacement folder (server-user.ts) may remain from a deleted clone; the password of its database is lost.
    await rm(serverFolder, { recursive: true, force: true });
    await writeState(folder, state);
  }
  const [database, signIn, files] = await Promise.allSettled([
    env['DATABASE_URL'] ? undefined : startDatabase(serverFolder, state),
    env['COGNITO_ISSUER'] ? undefined : startSignIn(folder, state, env['MAINTENANCE_GROUP'] || 'admin'),
    env['S3_BUCKET'] ? undefined : startFiles(folder, state, env),
  ]);
  try {
    const services = { postgres: valueOf(database), cognito: valueOf(signIn), s3: valueOf(files) };
    const { ports } = state;
    await writeState(folder, {
      ...state,
      ports: {
        database: services.postgres?.port ?? ports.database,
        signIn: services.cognito?.port ?? ports.signIn,
        files: services.s3?.port ?? ports.files,
      },
    });
    return services;
  } catch (error) {
    const started = [database, signIn, files].flatMap((result) =>
      result.status === 'fulfilled' ? [result.value] : [],
    );
    await Promise.all(started.map(async (service) => service?.stop()));
    throw error;
  }
}

function valueOf<T>(result: PromiseSettledResult<T>): T {
  if (result.status === 'rejected') throw result.reason;
  return result.value;
}

async function startDatabase(folder: string, state: LocalState): Promise<Postgres> {
  const postgres = await startPostgres({
    folder,
    password: state.databasePassword,
    port: state.ports.database,
    report: (step) => console.log(step),
  });
  const client = new pg.Client({ connectionString: postgres.url('postgres') });
  try {
    await client.connect();
    await renameVersion1Database(client, postgres);
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

/** Version 1 was never released, so no migration exists from its tables; its database is renamed and kept. */
async function renameVersion1Database(client: pg.Client, postgres: Postgres): Promise<void> {
  const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [DATABASE]);
  if (rowCount === 0) return;
  const version1 = new pg.Client({ connectionString: postgres.url(DATABASE) });
  await version1.connect();
  const { rows } = await version1.query(
    `SELECT FROM pg_tables WHERE schemaname = 'public' AND tablename = 'job_ticks'`,
  );
  await version1.end();
  if (rows.length === 0) return;
  const newName = `${DATABASE}_version_1_${Date.now()}`;
  await client.query(`ALTER DATABASE ${DATABASE} RENAME TO ${newName}`);
  console.log(`The local database is of version 1. It was renamed to ${newName}; LockIN starts with a new database.`);
}

async function startSignIn(folder: string, state: LocalState, maintenanceGroup: string): Promise<LocalCognito> {
  return startCognito(join(folder, 'cognito'), await freePort(state.ports.signIn), demoUsers, maintenanceGroup);
}

/** S3_ENDPOINT is where clients reach the storage, such as the published port of a container. */
async function startFiles(folder: string, state: LocalState, env: Source): Promise<LocalS3> {
  const endpoint = env['S3_ENDPOINT'] || undefined;
  const port = endpoint ? Number(new URL(endpoint).port || 80) : await freePort(state.ports.files);
  return startS3(join(folder, 's3'), port, env['HOST'] || undefined, endpoint);
}

function createStack({ postgres, cognito, s3 }: Services, env: Source, release: () => void): LocalStack {
  return {
    environment: {
      ...(postgres && { DATABASE_URL: postgres.url(DATABASE) }),
      ...(cognito && {
        COGNITO_ISSUER: cognito.issuer,
        COGNITO_CLIENT_IDS: cognito.clientId,
        COGNITO_JWKS_URI: `${cognito.issuer}/.well-known/jwks.json`,
        LOCAL_TOKEN_URL: LOCAL_TOKEN_PATH,
        LOCAL_PEOPLE_URL: LOCAL_PEOPLE_PATH,
        ...(!env['CORS_ORIGINS'] && { CORS_ORIGINS: EXPO_ORIGINS }),
      }),
      ...s3?.environment,
    },
    users: cognito ? demoUsers : [],
    cognito,
    fillDemo: async () => {
      if (!postgres || !cognito) return;
      console.log('Filling in the demo data ...');
      await fillDemo(postgres.url(DATABASE), env['AUTH_PROVIDER'] || 'cognito');
    },
    printStartupMessage: (apiUrl) => console.log(startupMessage(apiUrl, env['HOST'], cognito ? demoUsers : [])),
    stop: async () => {
      await Promise.all([postgres?.stop(), cognito?.stop(), s3?.stop()]);
      release();
    },
  };
}

function startupMessage(apiUrl: string, host: string | undefined, users: readonly DemoUser[]): string {
  const role = (user: DemoUser): string => (user.maintenance ? '  (maintenance)' : '');
  return [
    '',
    `LockIN is running at ${apiUrl}`,
    `Swagger UI:         ${apiUrl}/docs`,
    ...(users.length > 0 ? [`Race view:          ${apiUrl}${RACE_PATH}`] : []),
    ...networkLines(host, new URL(apiUrl).port),
    ...(users.length > 0 ? ['', `Demo users (password: ${DEMO_PASSWORD}):`] : []),
    ...users.map((user) => `  ${user.email}${role(user)}`),
    '',
    'Press Ctrl-C to stop. The data is kept in .local/.',
    '',
  ].join('\n');
}

function networkLines(host: string | undefined, port: string): string[] {
  if (isEveryAddress(host)) return networkAddresses().map((address) => `In your network:    http://${address}:${port}`);
  return ['For a phone in your network, start LockIN with the environment variable HOST=0.0.0.0.'];
}
