import { type Copy, DockerfileParser, type Instruction, type JSONInstruction } from 'dockerfile-ast';
import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

const MAX_OUTPUT = 16 * 1_024 * 1_024;

export interface Stage {
  /** The folder that stands for the root of the stage's file system. */
  readonly root: string;
  readonly environment: Record<string, string>;
  workingDirectory: string;
  command: string[];
  user: string;
}

/**
 * Builds the last stage of the project's Dockerfile in `folder`, without a container engine: each stage is a folder, and
 * each RUN a shell in its working directory, with the Node.js of this process in place of the base image's. Throws for an
 * instruction that it does not know. Returns the last stage.
 */
export async function buildImage(project: string, folder: string): Promise<Stage> {
  const stages = new Map<string, Stage>();
  let stage: Stage | undefined;
  for (const instruction of DockerfileParser.parse(
    await readFile(join(project, 'Dockerfile'), 'utf8'),
  ).getInstructions()) {
    if (instruction.getKeyword() === 'FROM') {
      stage = {
        root: join(folder, String(stages.size)),
        environment: {},
        workingDirectory: '/',
        command: [],
        user: 'root',
      };
      stages.set(/ AS (\w+)$/i.exec(instruction.toString())?.[1] ?? String(stages.size), stage);
      await mkdir(stage.root, { recursive: true });
    } else if (stage) {
      await apply(instruction, stage, stages, project);
    }
  }
  if (!stage) throw new Error('The Dockerfile has no stage.');
  return stage;
}

async function apply(
  instruction: Instruction,
  stage: Stage,
  stages: Map<string, Stage>,
  project: string,
): Promise<void> {
  const words = instruction.getArguments().map((argument) => argument.getValue());
  switch (instruction.getKeyword()) {
    case 'WORKDIR':
      stage.workingDirectory = words[0] ?? '/';
      await mkdir(join(stage.root, stage.workingDirectory), { recursive: true });
      return;
    case 'ENV':
      for (const word of words) stage.environment[word.split('=', 1)[0] ?? ''] = word.slice(word.indexOf('=') + 1);
      return;
    case 'COPY':
      return copy(instruction as Copy, words, stage, stages, project);
    case 'RUN':
      await shell(instruction.getRawArgumentsContent() ?? '', stage);
      return;
    case 'USER':
      stage.user = words[0] ?? '';
      return;
    case 'CMD':
      stage.command = (instruction as JSONInstruction)
        .getJSONStrings()
        .map((text) => JSON.parse(text.getValue()) as string);
      return;
    case 'EXPOSE':
    case 'HEALTHCHECK':
      return;
    default:
      throw new Error(`No step for ${instruction.getKeyword()}.`);
  }
}

/** COPY takes files of the project, or with `--from` of another stage. */
async function copy(
  instruction: Copy,
  words: string[],
  stage: Stage,
  stages: Map<string, Stage>,
  project: string,
): Promise<void> {
  const from = instruction.getFromFlag()?.getValue();
  const destination = words.at(-1) ?? '';
  const to = join(stage.root, stage.workingDirectory, destination);
  for (const source of words.slice(0, -1)) {
    const path = join(from ? (stages.get(from)?.root ?? '') : project, source);
    const isFile = (await stat(path)).isFile();
    const target = isFile && destination.endsWith('/') ? join(to, basename(source)) : to;
    const filter = from ? undefined : await contextOf(project);
    await cp(path, target, { recursive: true, verbatimSymlinks: true, ...(filter && { filter }) });
  }
}

/** What .dockerignore leaves in the context: for this project, what Git does not ignore. */
async function contextOf(project: string): Promise<(path: string) => boolean> {
  const { stdout } = await run('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: project,
    maxBuffer: MAX_OUTPUT,
  });
  const files = stdout.split('\0').filter(Boolean);
  const paths = new Set(files.flatMap((file) => file.split('/').map((_, n, parts) => parts.slice(0, n + 1).join('/'))));
  return (path) => relative(project, path) === '' || paths.has(relative(project, path));
}

async function shell(command: string, { root, workingDirectory, environment }: Stage): Promise<void> {
  // The rest of the environment, such as the certificates of a proxy, belongs to the machine's network.
  const env = { ...process.env, PATH: `${dirname(process.execPath)}:${process.env['PATH']}`, ...environment };
  await run('sh', ['-c', command], { cwd: join(root, workingDirectory), env, maxBuffer: MAX_OUTPUT });
}
