import { execFile } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

/** How long each attempt may take; the first waits for the server's supervisor (postgres.ts), the others send a signal. */
const STOP_TIMEOUT_MS = 5_000;

/**
 * Waits until a server of an earlier, killed run has stopped, and stops it after a timeout. Removes `postmaster.pid` of a
 * server that no longer runs: PostgreSQL refuses to start if its process ID has been reused by another process.
 */
export async function stopStaleServer(data: string): Promise<void> {
  const pidFile = join(data, 'postmaster.pid');
  const signals: NodeJS.Signals[] = ['SIGINT', 'SIGQUIT', 'SIGKILL'];
  let pid: number | undefined;
  for (let start = Date.now(); (pid = await serverPid(pidFile, data)); await sleep(20)) {
    if (Date.now() - start < STOP_TIMEOUT_MS) continue;
    const signal = signals.shift();
    if (!signal) throw new Error(`PostgreSQL of an earlier run (process ${pid}) cannot be stopped.`);
    process.kill(pid, signal);
    start = Date.now();
  }
  await rm(pidFile, { force: true });
}

async function serverPid(pidFile: string, data: string): Promise<number | undefined> {
  const text = await readFile(pidFile, 'utf8').catch(() => '');
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
