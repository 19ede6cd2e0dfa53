import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Browser, chromium } from 'playwright-core';

export interface TestBrowser {
  readonly browser: Browser;
  stop(): Promise<void>;
}

/** `--no-sandbox`, because root may have no sandbox; the pages are our own. The rest: speak to nobody else. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** What the package unpacks on Amazon Linux only is what a machine without libnss3 needs as well. */
const WITH_LIBRARIES = { AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x' };

const UNPACK = `import chromium from '@sparticuz/chromium'; process.stdout.write(await chromium.executablePath())`;

/** A headless Chromium that needs nothing of the machine: its binary, libraries and fonts all come through npm. */
export async function startBrowser(): Promise<TestBrowser> {
  const folder = await mkdtemp(join(tmpdir(), 'lockin-browser-'));
  const discard = (): Promise<void> => rm(folder, { recursive: true, force: true, maxRetries: 5 });
  try {
    const executablePath = await unpack(folder);
    const browser = await chromium.launch({ executablePath, args: FLAGS, env: await surroundings(folder) });
    const stop = async (): Promise<void> => {
      await browser.close();
      await discard();
    };
    return { browser, stop };
  } catch (error) {
    await discard();
    throw error;
  }
}

/** The package unpacks into the system's temporary folder, where another user's browser may lie: so it is told ours. */
async function unpack(folder: string): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', UNPACK], {
    cwd: import.meta.dirname,
    env: { ...WITH_LIBRARIES, TMPDIR: folder },
  });
  return stdout;
}

async function surroundings(folder: string): Promise<Record<string, string>> {
  const fonts = join(folder, 'fonts.conf');
  const directories = `<dir>${folder}/fonts/fonts</dir><cachedir>${folder}/font-cache</cachedir>`;
  await writeFile(fonts, `<?xml version="1.0"?><fontconfig>${directories}</fontconfig>`);
  await mkdir(join(folder, 'tmp'));
  return {
    HOME: folder,
    TMPDIR: join(folder, 'tmp'),
    PATH: process.env['PATH'] ?? '',
    LD_LIBRARY_PATH: join(folder, 'al2023/lib'),
    FONTCONFIG_FILE: fonts,
  };
}
