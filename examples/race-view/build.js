/** Builds the page, unless it is newer than everything that it is made of: `npm start` waits for it only after changes. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { clearTimeout, setTimeout } from 'node:timers';

const PATIENCE_MS = 2_000;
const root = import.meta.dirname;
const page = join(root, 'dist/index.html');
const madeOf = ['src', 'public', 'index.html', 'vite.config.ts', '../../sdk/dist', '../../package-lock.json'];

if (!existsSync(page) || statSync(page).mtimeMs < Math.max(...madeOf.map((path) => latestChange(join(root, path))))) {
  const waiting = setTimeout(() => console.log('Building the race view ...'), PATIENCE_MS);
  const { build } = await import('vite');
  await build({ root, logLevel: 'warn' });
  clearTimeout(waiting);
}

/** A folder changes with the files in it that come and go. */
function latestChange(path) {
  const own = statSync(path);
  if (!own.isDirectory()) return own.mtimeMs;
  return Math.max(own.mtimeMs, ...readdirSync(path).map((name) => latestChange(join(path, name))));
}
