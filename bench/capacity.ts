import type { Figures } from './measure.js';
import type { Results } from './results.js';
import { table } from './tables.js';

/** What a person does on a day that they are active: assumptions, to be replaced by counts of real requests. */
const DAY: readonly { what: string; times: number; requests: readonly string[] }[] = [
  { what: 'opens the app', times: 8, requests: ['me', 'groups', 'inbox, first page'] },
  { what: 'looks at a group and its race', times: 6, requests: ['group', 'progress of 20'] },
  { what: 'looks at the members', times: 1, requests: ['members of 20'] },
  { what: 'looks at past periods', times: 1, requests: ['history of 30 periods'] },
  { what: 'scrolls the inbox', times: 2, requests: ['inbox, by cursor'] },
  { what: 'makes a session', times: 3, requests: ['new session'] },
  { what: 'starts, twice pauses and resumes, and stops each', times: 18, requests: ['pause and resume'] },
  { what: 'logs time by hand', times: 0.3, requests: ['log by hand'] },
];

const SESSIONS_A_DAY = 3;
const SEGMENTS_A_SESSION = 3;
const CHANGES_A_DAY = 18.3;
const GROUP = 20;
const FOCUS_HOURS = 2;
const WATCH_HOURS = 0.5;
/** Of a day's requests, in its busiest hour. */
const BUSY_HOUR = 0.12;
/** How busy a core may be in that hour, so that answers do not wait for each other. */
const BUSY_CORE = 0.5;
/** What `npm run bench:stream` opens on one process. */
const STREAMS_A_PROCESS = 5_000;
/** One more each to LISTEN. */
const CONNECTIONS_A_PROCESS = 11;

/** Amazon's memory-optimised instances for RDS: vCPUs, GiB. */
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
/** GB of a volume of RDS, and its most connections by default. */
const LARGEST_VOLUME = 64 * 1_024;
const MOST_CONNECTIONS = 5_000;
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
  if (ownCpu === null || databaseCpu === null) throw new Error('Processor time is measured on Linux only.');
  return { api: ownCpu, database: databaseCpu };
}

/** Where the dense case was measured, it counts: years of use are what capacity is for. */
function costs({ usual, dense, growth }: Results): Map<string, Cost> {
  const history = growth.filter(({ name }) => name.startsWith('history of 30'));
  return new Map([
    ...[...usual, ...dense].map(({ name, api }): [string, Cost] => [name, cost(api)]),
    ...history.map(({ large }): [string, Cost] => ['history of 30 periods', cost(large)]),
  ]);
}

/** What a change costs more where it is watched: of the API each watcher's share, of PostgreSQL all. */
function watching({ growth }: Results): Cost & { readonly events: number } {
  const watched = growth.find(({ watchers }) => watchers !== undefined);
  if (!watched) throw new Error('Nothing was measured with watchers.');
  const [without, with_] = [cost(watched.small), cost(watched.large)];
  return {
    api: Math.max(0, with_.api - without.api) / (watched.watchers ?? 1),
    database: Math.max(0, with_.database - without.database),
    events: WATCH_HOURS * GROUP * CHANGES_A_DAY * BUSY_HOUR,
  };
}

/** Milliseconds of processor time that a person costs on a day. */
export function dayOf(results: Results): Line[] {
  const known = costs(results);
  const lines = DAY.map(({ what, times, requests }): Line => {
    const found = requests.map((name) => known.get(name) ?? { api: NaN, database: NaN });
    const total = (of: keyof Cost): number => times * found.reduce((sum, each) => sum + each[of], 0);
    return { what, times, api: total('api'), database: total('database') };
  });
  const watch = watching(results);
  return [
    ...lines,
    { what: 'sees the others move', times: watch.events, api: watch.events * watch.api, database: 0 },
    { what: 'is watched', times: CHANGES_A_DAY, api: 0, database: CHANGES_A_DAY * watch.database },
  ];
}

const whole = (value: number): string => Math.round(value).toLocaleString('en');
/** Two digits: more would claim more than was measured. */
const rough = (value: number): string => whole(Number(value.toPrecision(2)));
const peopleACore = (milliseconds: number): number => (3_600_000 * BUSY_CORE) / (BUSY_HOUR * milliseconds);

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
    ['a person, on a day', 'times', 'API CPU ms', 'PostgreSQL CPU ms'],
    [...lines.map((line) => row(line.what, line.times.toFixed(1), line)), row('in all', '', total(lines))],
  );
}

export function coreTable(results: Results): string {
  const { api, database } = total(dayOf(results));
  const row = (what: string, milliseconds: number): string[] => {
    const people = peopleACore(milliseconds);
    return [what, rough(people), rough(people * FOCUS_HOURS * BUSY_HOUR), rough(people * WATCH_HOURS * BUSY_HOUR)];
  };
  return table(
    ['one core of', 'people active a day', 'focusing at once', 'watching at once'],
    [row('the API', api), row('PostgreSQL', database)],
  );
}

/** What so many people need. */
function needs(results: Results, people: number) {
  const day = total(dayOf(results));
  const requests = DAY.reduce((sum, { times, requests }) => sum + times * requests.length, 0);
  const changes = CHANGES_A_DAY + SESSIONS_A_DAY;
  const cores = (milliseconds: number): number => people / peopleACore(milliseconds);
  const processes = Math.ceil(Math.max(cores(day.api), (people * WATCH_HOURS * BUSY_HOUR) / STREAMS_A_PROCESS));
  const { log, participant, session } = results.bytes;
  const bytesADay = SESSIONS_A_DAY * (SEGMENTS_A_SESSION * log + participant + session);
  return {
    people,
    perSecond: (people * requests * BUSY_HOUR) / 3_600,
    commits: (people * changes * BUSY_HOUR) / 3_600,
    apiCores: cores(day.api),
    processes,
    databaseCores: cores(day.database),
    connections: processes * CONNECTIONS_A_PROCESS,
    gigabytesAYear: (people * 365 * bytesADay) / 1e9,
  };
}

/** Of each part of the largest server the share that is needed; the first is the one that gives out. */
function firstToGiveOut({ databaseCores, connections, gigabytesAYear }: ReturnType<typeof needs>): string {
  const shares: [string, number][] = [
    ["PostgreSQL's cores", databaseCores / LARGEST[1]],
    ['connections', connections / MOST_CONNECTIONS],
    [`the volume, after ${YEARS} years`, (YEARS * gigabytesAYear) / LARGEST_VOLUME],
  ];
  const [what, share] = shares.reduce((most, each) => (each[1] > most[1] ? each : most));
  return `${what} (${whole(share * 100)} % of the largest)`;
}

export function scaleTable(results: Results): string {
  const { api, database } = total(dayOf(results));
  const base = Math.min(peopleACore(api), peopleACore(database));
  const scales = [1, 10, 100].map((times) => needs(results, base * times));
  const instance = (cores: number): string => {
    const found = INSTANCES.find(([, has]) => has >= cores);
    return found ? `${found[0]} (${found[1]} vCPU, ${whole(found[2])} GiB)` : `more than ${LARGEST[0]}`;
  };
  const rows: [string, (need: (typeof scales)[number]) => string][] = [
    ['people active a day', ({ people }) => rough(people)],
    ['requests a second in the busiest hour', ({ perSecond }) => rough(perSecond)],
    ['commits a second then', ({ commits }) => rough(commits)],
    ['cores of the API', ({ apiCores }) => apiCores.toFixed(1)],
    ['processes of the API, by cores or streams', ({ processes }) => whole(processes)],
    ['connections to PostgreSQL', ({ connections }) => whole(connections)],
    ['cores of PostgreSQL', ({ databaseCores }) => databaseCores.toFixed(1)],
    ['which is on RDS', ({ databaseCores }) => instance(databaseCores)],
    ['GB a year', ({ gigabytesAYear }) => rough(gigabytesAYear)],
    ['gives out first', firstToGiveOut],
  ];
  return table(
    ['', '1 ×', '10 ×', '100 ×'],
    rows.map(([what, of]) => [what, ...scales.map(of)]),
  );
}

export function assumptions({ options }: Results): string {
  return [
    `- A person is in groups of ${GROUP} with years behind them: ${options['dense-logs'].toLocaleString('en')} logs in every group.`,
    `- ${FOCUS_HOURS} hours of focus in ${SESSIONS_A_DAY} sessions of ${SEGMENTS_A_SESSION} segments, and ${WATCH_HOURS * 60} minutes of watching a race. Everybody's group is watched by somebody.`,
    `- The busiest hour has ${BUSY_HOUR * 100} % of the day, and a core is at most ${BUSY_CORE * 100} % busy in it.`,
    `- A process holds ${STREAMS_A_PROCESS.toLocaleString('en')} streams and ${CONNECTIONS_A_PROCESS} connections. A core is one of the machine that was measured; it also ran the load.`,
  ].join('\n');
}
