import { execFile } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

/** Its keeper stops a server whose owner was killed; it is given this long before we do it ourselves. */
const PATIENCE_MS = 5_000;

/**
 * Waits for the server of a run that was killed to finish, or stops it. A note about a server that is gone is
 * removed: its number may belong to somebody else by now, and PostgreSQL would take that for a server.
 */
export async function stopLeftover(data: string): Promise<void> {
  const note = join(data, 'postmaster.pid');
  const signals: NodeJS.Signals[] = ['SIGINT', 'SIGQUIT', 'SIGKILL'];
  let pid: number | undefined;
  for (let since = Date.now(); (pid = await serverOf(note, data)); await sleep(20)) {
    if (Date.now() - since < PATIENCE_MS) continue;
    const signal = signals.shift();
    if (!signal) throw new Error(`A PostgreSQL of an earlier run (process ${pid}) cannot be stopped.`);
    process.kill(pid, signal);
    since = Date.now();
  }
  await rm(note, { force: true });
}

async function serverOf(note: string, data: string): Promise<number | undefined> {
  const text = await readFile(note, 'utf8').catch(() => '');
  const pid = Number.parseInt(text, 10);
  return pid && (await commandOf(pid)).includes(data) ? pid : undefined;
}

async function commandOf(pid: number): Promise<string> {
  if (process.platform === 'linux') return readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  const { stdout } = await promisify(execFile)('ps', ['-o', 'command=', '-p', String(pid)]).catch(() => ({
    stdout: '',
  }));
  return stdout;
}
