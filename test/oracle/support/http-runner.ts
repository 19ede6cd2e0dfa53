import { setTimeout as wait } from 'node:timers/promises';
import type pg from 'pg';
import type { Response } from 'supertest';
import type { GroupDetail } from '../../../src/groups/groups.dto.js';
import type { Person } from '../../support/api.js';
import { bodyOf, type ProblemBody } from '../../support/request.js';
import { GroupModel } from '../model/group.js';
import { httpCommandFor } from './http-commands.js';
import { difference, type Run, startRun, observe, observeGroup, observeSessions } from './http-observations.js';
import type { HttpScenario, HttpStep } from './http-generators.js';
import { type HttpCommand, rfc3339 } from './http-command.js';
import { errorOf } from './runner.js';

/** The group's people, and somebody with maintenance rights. */
export interface RunContext {
  people: readonly Person[];
  maintainer: Person;
  client: pg.ClientBase;
}

/** Problem codes by the model's error codes; any other error is an `invalid_request`. */
const problems: Record<string, string> = {
  LK400: 'at_out_of_range',
  LK403: 'forbidden',
  LK404: 'not_found',
  LKANS: 'invite_answered',
  LKARC: 'group_archived',
  LKBEF: 'at_before_transition',
  LKCLO: 'invite_closed',
  LKHST: 'host_cannot_leave',
  LKLOG: 'log_outside_session',
  LKMEM: 'already_member',
  LKOWN: 'owner_must_transfer',
  LKREC: 'at_out_of_range',
  LKRUN: 'already_running',
  LKSCH: 'too_many_scheduled_sessions',
  LKSTA: 'invalid_session_transition',
  group_members_group_id_user_id_key: 'already_member',
};

const problemOf = (code: string | null): string | null => code && (problems[code] ?? 'invalid_request');

/** Fields that the server's clock fills in. */
const SERVER_TIMESTAMP = /^(created|updated|started|ended|joined|read|archived)_at$/;

function timestampsIn(value: unknown): number[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    SERVER_TIMESTAMP.test(key) && typeof inner === 'string' ? [Date.parse(inner)] : timestampsIn(inner),
  );
}

/** The instant at which the server executed a request: the latest timestamp that it wrote, else the time of sending. */
function executedAt(written: unknown[], sent: number, answered: number): number {
  return Math.max(sent, ...written.flatMap(timestampsIn).filter((at) => at <= answered));
}

async function createGroup({ people, client }: RunContext, scenario: HttpScenario): Promise<Run> {
  const [owner] = people as readonly [Person];
  const [startAt, endAt] = [Date.now() + scenario.startOffset, Date.now() + scenario.endOffset];
  const { zone: timezone, period, target } = scenario;
  const settings = { name: 'Deep work', timezone, period, period_target_minutes: target };
  const body = { ...settings, start_at: rfc3339(startAt), end_at: rfc3339(endAt) };
  const { id, created_at } = await bodyOf<GroupDetail>(owner.post('/api/groups', body).expect(201));
  const model = new GroupModel({ owner: owner.id, timezone, period, target, startAt, endAt }, Date.parse(created_at));
  return startRun(model, id, people, client, [
    `${created_at}  ${owner.name} creates the group ${JSON.stringify(body)}`,
  ]);
}

async function execute(run: Run, command: HttpCommand): Promise<void> {
  const { model, people, transcript } = run;
  const person = people.get(command.by)!;
  const sent = Date.now();
  const answer = await person.send(command.sent);
  const answered = Date.now();
  transcript.push(`${rfc3339(sent)}  ${person.name} ${describeRequest(command, answer)}`);
  const done = answer.status < 300;
  const written = done ? [answer.body] : [];
  for (const { to, path } of done ? (command.shownBy ?? []) : [])
    written.push(await bodyOf(people.get(to)!.get(path).expect(200)));
  model.advanceTo(executedAt(written, sent, answered));
  const expected = problemOf(errorOf(() => command.apply((answer.body as { id: string } | undefined)?.id ?? '')));
  model.advance(0);
  const observed = done ? null : (answer.body as ProblemBody).code;
  if (observed !== expected) throw difference(run, expected, observed);
}

function describeRequest({ sent: { method, path, body } }: HttpCommand, answer: Response): string {
  const sent = body === undefined ? '' : ` ${JSON.stringify(body)}`;
  return `${method} ${path}${sent} -> ${answer.status < 300 ? answer.status : (answer.body as ProblemBody).code}`;
}

function pickViewer({ model, people }: Run, nth: number): Person {
  const members = [...model.members];
  return people.get(members[nth % members.length]!)!;
}

async function runStep(run: Run, step: HttpStep, { maintainer }: RunContext): Promise<void> {
  run.model.advanceTo(Date.now());
  if (step.command === 'observe') return observe(run, pickViewer(run, step.choice));
  if (step.command === 'runJobs')
    return bodyOf<undefined>(maintainer.post('/api/maintenance/archive-expired-groups').expect(200));
  const command = httpCommandFor(run.model, run.ids, step, [...run.people.keys()]);
  if (command) await execute(run, command);
  // Send nothing around the group's end, where either state is a correct answer.
  const untilEnd = run.model.groupEnd - Date.now();
  if (untilEnd > -5 && untilEnd < 1000) await wait(untilEnd + 5);
}

/** Runs a scenario over HTTP and on the model, and compares every observation. */
export async function runOverHttp(scenario: HttpScenario, context: RunContext): Promise<void> {
  const run = await createGroup(context, scenario);
  for (const step of scenario.steps) await runStep(run, step, context);
  await observe(run, pickViewer(run, scenario.steps.length));
  await observeGroup(run, run.people.get(run.model.owner)!);
  await observeSessions(run);
}
