/** Builds the page, unless it is newer than all its sources, so that `npm start` waits only after a change. */
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { clearTimeout, setTimeout } from 'node:timers';
import { brotliCompressSync, gzipSync } from 'node:zlib';

const MESSAGE_DELAY_MS = 2_000;
const root = import.meta.dirname;
const page = join(root, 'dist/index.html');
const sources = [
  'build.js',
  'src',
  'public',
  'index.html',
  'vite.config.ts',
  '../../sdk/dist',
  '../../package-lock.json',
];

if (!existsSync(page) || statSync(page).mtimeMs < Math.max(...sources.map((path) => latestChange(join(root, path))))) {
  const message = setTimeout(() => console.log('Building the race view ...'), MESSAGE_DELAY_MS);
  const { build } = await import('vite');
  await build({ root, logLevel: 'warn' });
  compress(join(root, 'dist'));
  clearTimeout(message);
}

/** The latest change of a file, or of anything in a folder. */
function latestChange(path) {
  const own = statSync(path);
  if (!own.isDirectory()) return own.mtimeMs;
  return Math.max(own.mtimeMs, ...readdirSync(path).map((name) => latestChange(join(path, name))));
}

/** Writes a `.br` and a `.gz` file beside each text, so that the server does not compress. */
function compress(folder) {
  for (const name of readdirSync(folder, { recursive: true })) {
    if (!/\.(html|js|css|svg)$/.test(name)) continue;
    const content = readFileSync(join(folder, name));
    writeFileSync(join(folder, `${name}.br`), brotliCompressSync(content));
    writeFileSync(join(folder, `${name}.gz`), gzipSync(content, { level: 9 }));
  }
}
