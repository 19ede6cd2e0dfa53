// What `npm start` runs: checks Node, builds the race view, and starts local/main.ts, in one process that gets the signals.
import './require-node.js';
import { spawnSync } from 'node:child_process';

console.log('Building the race view ...');
process.setSourceMapsEnabled(true);
// The shell finds npm.cmd on Windows.
const { status } = spawnSync('npm run -s build:race-view', { shell: true, stdio: 'inherit' });
if (status !== 0) {
  console.error('The race view could not be built. Run `npm ci`, then start LockIN again.');
  process.exit(1);
}
import('./typescript.js').then(() => import('../local/main.ts'));
