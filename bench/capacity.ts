import type { Figures } from './measure.js';
import type { Results } from './results.js';
import { table } from './tables.js';

/** The assumed activity of an active user per day, to be replaced by counts of real requests. */
const DAY: readonly { what: string; times: number; requests: readonly string[] }[] = [
  { what: 'opens the app', times: 8, requests: ['me', 'groups', 'inbox, first page'] },
  { what: 'views a group and its race', times: 6, requests: ['group', 'progress of 20'] },
  { what: 'views the members', times: 1, requests: ['members of 20'] },
  { what: 'views past periods', times: 1, requests: ['history of 30 periods'] },
  { what: 'scrolls the inbox', times: 2, requests: ['inbox, by cursor'] },
  { what: 'creates a session', times: 3, requests: ['new session'] },
  { what: 'starts, pauses and resumes twice, and stops each', times: 18, requests: ['pause and resume'] },
  { what: 'logs time by hand', times: 0.3, requests: ['log by hand'] },
];

const SESSIONS_PER_DAY = 3;
const SEGMENTS_PER_SESSION = 3;
const CHANGES_PER_DAY = 18.3;
const GROUP = 20;
const FOCUS_HOURS = 2;
const WATCH_HOURS = 0.5;
/** The share of a day's requests in its peak hour. */
const PEAK_HOUR_SHARE = 0.12;
/** The maximum CPU utilization in the peak hour, which keeps queueing low. */
const MAX_UTILIZATION = 0.5;
/** The number of streams per process that `npm run bench:stream` measures. */
const STREAMS_PER_PROCESS = 5_000;
/** The pool of 10 and one connection for LISTEN. */
const CONNECTIONS_PER_PROCESS = 11;

/** Memory-optimized instances of Amazon RDS: vCPUs, memory in GiB. */
const INSTANCES: readonly [name: string, cores: number, memory: number][] = [
  ['db.r8g.large', 2, 16],
  ['db.r8g.xlarge', 4, 32],
  ['db.r8g.2xlarge', 8, 64],
  ['db.r8g.4xlarge', 16, 128],
  ['db.r8g.8xlarge', 32, 256],
  ['db.r8g.12xlarge', 48, 384],
  ['db.r8g.16xlarge', 64, 512],
  ['db.r8g.24xlarge', 96, 768],
  ['db.r8g.48xlarge', 192, 1_536],
];
const LARGEST = INSTANCES.at(-1)!;
/** The maximum size of an RDS volume in GB, and the default maximum of `max_connections`. */
const MAX_VOLUME_GB = 64 * 1_024;
const MAX_CONNECTIONS = 5_000;
const YEARS = 3;

interface Cost {
  readonly api: number;
  readonly database: number;
}

interface Line extends Cost {
  readonly what: string;
  readonly times: number;
}

function cost({ ownCpu, databaseCpu }: Figures): Cost {
  if (ownCpu === null || databaseCpu === null) throw new Error('CPU time is measured on Linux only.');
  return { api: ownCpu, database: databaseCpu };
}

/** The figures of the dense case replace those of the usual case, because capacity is planned for years of use. */
function costs({ usual, dense, growth }: Results): Map<string, Cost> {
  const history = growth.filter(({ name }) => name.startsWith('history of 30'));
  return new Map([
    ...[...usual, ...dense].map(({ name, api }): [string, Cost] => [name, cost(api)]),
    ...history.map(({ large }): [string, Cost] => ['history of 30 periods', cost(large)]),
  ]);
}

/** The additional cost of a watched change: for the API per watcher, for PostgreSQL in total. */
function watchingCost({ growth }: Results): Cost & { readonly events: number } {
  const watched = growth.find(({ watchers }) => watchers !== undefined);
  if (!watched) throw new Error('The results contain no measurement with watchers.');
  const [without, with_] = [cost(watched.small), cost(watched.large)];
  return {
    api: Math.max(0, with_.api - without.api) / (watched.watchers ?? 1),
    database: Math.max(0, with_.database - without.database),
    events: WATCH_HOURS * GROUP * CHANGES_PER_DAY * PEAK_HOUR_SHARE,
  };
}

/** CPU time in milliseconds per user and day, by activity. */
export function dayOf(results: Results): Line[] {
  const known = costs(results);
  const lines = DAY.map(({ what, times, requests }): Line => {
    const found = requests.map((name) => known.get(name) ?? { api: NaN, database: NaN });
    const total = (of: keyof Cost): number => times * found.reduce((sum, each) => sum + each[of], 0);
    return { what, times, api: total('api'), database: total('database') };
  });
  const watch = watchingCost(results);
  return [
    ...lines,
    { what: 'receives changes of other members', times: watch.events, api: watch.events * watch.api, database: 0 },
    {
      what: 'has changes watched by others',
      times: CHANGES_PER_DAY,
      api: 0,
      database: CHANGES_PER_DAY * watch.database,
    },
  ];
}

const whole = (value: number): string => Math.round(value).toLocaleString('en');
/** Two significant digits, the precision of the measurement. */
const rough = (value: number): string => whole(Number(value.toPrecision(2)));
const usersPerCore = (milliseconds: number): number => (3_600_000 * MAX_UTILIZATION) / (PEAK_HOUR_SHARE * milliseconds);

function total(lines: readonly Line[]): Cost {
  const sum = (of: keyof Cost): number => lines.reduce((all, line) => all + line[of], 0);
  return { api: sum('api'), database: sum('database') };
}

export function dayTable(results: Results): string {
  const lines = dayOf(results);
  const row = (what: string, times: string, { api, database }: Cost): string[] => [
    what,
    times,
    api.toFixed(1),
    database.toFixed(1),
  ];
  return table(
    ['per user and day', 'times', 'API CPU ms', 'PostgreSQL CPU ms'],
    [...lines.map((line) => row(line.what, line.times.toFixed(1), line)), row('total', '', total(lines))],
  );
}

export function coreTable(results: Results): string {
  const { api, database } = total(dayOf(results));
  const row = (what: string, milliseconds: number): string[] => {
    const people = usersPerCore(milliseconds);
    return [
      what,
      rough(people),
      rough(people * FOCUS_HOURS * PEAK_HOUR_SHARE),
      rough(people * WATCH_HOURS * PEAK_HOUR_SHARE),
    ];
  };
  return table(
    ['one core of', 'daily active users', 'focusing concurrently', 'watching concurrently'],
    [row('the API', api), row('PostgreSQL', database)],
  );
}

/** The resources that a number of daily active users requires. */
function needs(results: Results, people: number) {
  const day = total(dayOf(results));
  const requests = DAY.reduce((sum, { times, requests }) => sum + times * requests.length, 0);
  const changes = CHANGES_PER_DAY + SESSIONS_PER_DAY;
  const cores = (milliseconds: number): number => people / usersPerCore(milliseconds);
  const processes = Math.ceil(Math.max(cores(day.api), (people * WATCH_HOURS * PEAK_HOUR_SHARE) / STREAMS_PER_PROCESS));
  const { log, participant, session } = results.bytes;
  const bytesPerDay = SESSIONS_PER_DAY * (SEGMENTS_PER_SESSION * log + participant + session);
  return {
    people,
    perSecond: (people * requests * PEAK_HOUR_SHARE) / 3_600,
    commits: (people * changes * PEAK_HOUR_SHARE) / 3_600,
    apiCores: cores(day.api),
    processes,
    databaseCores: cores(day.database),
    connections: processes * CONNECTIONS_PER_PROCESS,
    gigabytesAYear: (people * 365 * bytesPerDay) / 1e9,
  };
}

/** The resource with the highest utilization of the largest RDS instance. */
function bottleneck({ databaseCores, connections, gigabytesAYear }: ReturnType<typeof needs>): string {
  const shares: [string, number][] = [
    ["PostgreSQL's cores", databaseCores / LARGEST[1]],
    ['connections', connections / MAX_CONNECTIONS],
    [`the volume, after ${YEARS} years`, (YEARS * gigabytesAYear) / MAX_VOLUME_GB],
  ];
  const [what, share] = shares.reduce((highest, each) => (each[1] > highest[1] ? each : highest));
  return `${what} (${whole(share * 100)} % of the largest)`;
}

export function scaleTable(results: Results): string {
  const { api, database } = total(dayOf(results));
  const base = Math.min(usersPerCore(api), usersPerCore(database));
  const scales = [1, 10, 100].map((times) => needs(results, base * times));
  const instance = (cores: number): string => {
    const found = INSTANCES.find(([, has]) => has >= cores);
    return found ? `${found[0]} (${found[1]} vCPU, ${whole(found[2])} GiB)` : `more than ${LARGEST[0]}`;
  };
  const rows: [string, (need: (typeof scales)[number]) => string][] = [
    ['daily active users', ({ people }) => rough(people)],
    ['requests a second in the peak hour', ({ perSecond }) => rough(perSecond)],
    ['commits a second in the peak hour', ({ commits }) => rough(commits)],
    ['cores of the API', ({ apiCores }) => apiCores.toFixed(1)],
    ['processes of the API, by cores or streams', ({ processes }) => whole(processes)],
    ['connections to PostgreSQL', ({ connections }) => whole(connections)],
    ['cores of PostgreSQL', ({ databaseCores }) => databaseCores.toFixed(1)],
    ['RDS instance', ({ databaseCores }) => instance(databaseCores)],
    ['GB per year', ({ gigabytesAYear }) => rough(gigabytesAYear)],
    ['first bottleneck', bottleneck],
  ];
  return table(
    ['', '1 ×', '10 ×', '100 ×'],
    rows.map(([what, of]) => [what, ...scales.map(of)]),
  );
}

export function assumptions({ options }: Results): string {
  return [
    `- A user is in groups of ${GROUP} with three years of history: ${options['dense-logs'].toLocaleString('en')} logs in every group.`,
    `- ${FOCUS_HOURS} hours of focus in ${SESSIONS_PER_DAY} sessions of ${SEGMENTS_PER_SESSION} segments, and ${WATCH_HOURS * 60} minutes of watching a race. Every group has a watcher.`,
    `- The peak hour has ${PEAK_HOUR_SHARE * 100} % of the day's requests; the CPU utilization in it is at most ${MAX_UTILIZATION * 100} %.`,
    `- A process holds ${STREAMS_PER_PROCESS.toLocaleString('en')} streams and ${CONNECTIONS_PER_PROCESS} connections. A core is one of the measured machine, which also generated the load.`,
  ].join('\n');
}
