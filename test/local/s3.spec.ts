import { expect, it } from '@jest/globals';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../local/ports.js';
import { startS3 } from '../../local/s3.js';

it('The local file storage starts on settings that a kill left half written', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lockin-s3-'));
  const settings = join(folder, 'lockin-avatars', '._S3rver_cors.xml');
  const first = await startS3(folder, await freePort());
  await first.stop();
  const whole = await readFile(settings, 'utf8');
  await writeFile(settings, '');
  const second = await startS3(folder, await freePort());
  await second.stop();
  expect(await readFile(settings, 'utf8')).toBe(whole);
  await rm(folder, { recursive: true });
});
