import { readdir, readFile } from 'node:fs/promises';

/** USER_HZ, which is 100 on all Linux platforms. */
const TICKS_PER_SECOND = 100;

/** The fields of /proc/<pid>/stat after the command name, which may contain spaces and parentheses. */
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
const EXITED_CHILDREN_TIMES = [13, 14];

function sum(fields: number[], indices: number[]): number {
  return indices.reduce((total, index) => total + (fields[index] ?? 0), 0) / TICKS_PER_SECOND;
}

/** CPU time of a process in seconds; undefined on platforms without /proc. */
export async function processSeconds(pid: number): Promise<number | undefined> {
  const fields = await stat(pid);
  return fields && sum(fields, TIMES);
}

/** CPU time in seconds of a process and its children, including exited ones, such as the postmaster and its backends. */
export async function processTreeSeconds(parent: number): Promise<number | undefined> {
  const own = await stat(parent);
  if (!own) return undefined;
  const pids = (await readdir('/proc')).map(Number).filter((pid) => pid > 0);
  const children = (await Promise.all(pids.map(stat))).filter((fields) => fields?.[PARENT] === parent);
  const used = children.map((fields) => sum(fields ?? [], TIMES));
  return used.reduce((total, seconds) => total + seconds, sum(own, [...TIMES, ...EXITED_CHILDREN_TIMES]));
}

export async function parentOf(pid: number): Promise<number | undefined> {
  return (await stat(pid))?.[PARENT];
}

/** Resident memory in MiB, current and peak. */
export async function memoryOf(pid: number): Promise<{ current: number; peak: number } | undefined> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const megabytes = (name: string): number => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]) / 1_024;
  return status === '' ? undefined : { current: megabytes('VmRSS'), peak: megabytes('VmHWM') };
}
