import { readdir, readFile } from 'node:fs/promises';

/** Linux counts processor time for its users in hundredths of a second, on every machine. */
const TICKS_PER_SECOND = 100;

/** What /proc tells about a process: the stat line after the name, which may itself hold spaces and brackets. */
async function stat(pid: number): Promise<number[] | undefined> {
  const line = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return line === ''
    ? undefined
    : line
        .slice(line.lastIndexOf(')') + 2)
        .split(' ')
        .map(Number);
}

const PARENT = 1;
const TIMES = [11, 12];
const TIMES_OF_ENDED_CHILDREN = [13, 14];

function sum(fields: number[], indices: number[]): number {
  return indices.reduce((total, index) => total + (fields[index] ?? 0), 0) / TICKS_PER_SECOND;
}

/** Seconds of processor time that a process has used; nothing on machines without /proc. */
export async function processSeconds(pid: number): Promise<number | undefined> {
  const fields = await stat(pid);
  return fields && sum(fields, TIMES);
}

/** The same of a server and its children together, those that have ended too: PostgreSQL's postmaster and backends. */
export async function familySeconds(parent: number): Promise<number | undefined> {
  const own = await stat(parent);
  if (!own) return undefined;
  const pids = (await readdir('/proc')).map(Number).filter((pid) => pid > 0);
  const children = (await Promise.all(pids.map(stat))).filter((fields) => fields?.[PARENT] === parent);
  const used = children.map((fields) => sum(fields ?? [], TIMES));
  return used.reduce((total, seconds) => total + seconds, sum(own, [...TIMES, ...TIMES_OF_ENDED_CHILDREN]));
}

export async function parentOf(pid: number): Promise<number | undefined> {
  return (await stat(pid))?.[PARENT];
}

/** Resident megabytes now, and the most there ever were. */
export async function memoryOf(pid: number): Promise<{ now: number; most: number } | undefined> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const megabytes = (name: string): number => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]) / 1_024;
  return status === '' ? undefined : { now: megabytes('VmRSS'), most: megabytes('VmHWM') };
}
