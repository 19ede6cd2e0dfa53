import { setTimeout as wait } from 'node:timers/promises';
import type pg from 'pg';
import type { GroupDetail } from '../../../src/groups/groups.dto.js';
import type { Person } from '../../support/api.js';
import type { Answer, ProblemBody } from '../../support/call.js';
import { Club } from '../model/club.js';
import { httpDeedOf } from './http-deeds.js';
import { differ, type Life, lifeOf, look, lookAtGroup, lookAtSessions } from './http-looks.js';
import type { HttpPlan, HttpStep } from './http-plans.js';
import { type HttpRequest, rfc3339 } from './http-request.js';
import { outcome } from './play.js';

/** Who takes part in a history: people who are new to the API, and somebody who runs the jobs. */
export interface Cast {
  people: readonly Person[];
  staff: Person;
  client: pg.ClientBase;
}

/** How the API tells the refusals of the model; what they name otherwise is a fault of the request. */
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
  LKRUN: 'already_running',
  LKSCH: 'too_many_scheduled_sessions',
  LKSTA: 'invalid_session_transition',
  group_members_group_id_user_id_key: 'already_member',
};

const problemOf = (refusal: string | null): string | null => refusal && (problems[refusal] ?? 'invalid_request');

/** What the server's clock fills in, and none of which ever lies after the instant of the answer. */
const CLOCKED = /^(created|updated|started|ended|joined|read|archived)_at$/;

function clocked(value: unknown): number[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    CLOCKED.test(key) && typeof inner === 'string' ? [Date.parse(inner)] : clocked(inner),
  );
}

/**
 * The instant that the server took for a request: the latest that it has written down. Where it wrote none, only the order
 * of things can depend on it.
 */
function instantOf(written: unknown[], sent: number, answered: number): number {
  return Math.max(sent, ...written.flatMap(clocked).filter((at) => at <= answered));
}

async function found({ people, client }: Cast, plan: HttpPlan): Promise<Life> {
  const [owner] = people as readonly [Person];
  const [startAt, endAt] = [Date.now() + plan.startsAfter, Date.now() + plan.endsAfter];
  const { zone: timezone, period, target } = plan;
  const wishes = { name: 'Deep work', timezone, period, period_target_minutes: target };
  const asked = { ...wishes, start_at: rfc3339(startAt), end_at: rfc3339(endAt) };
  const { id, created_at } = await owner.post('/api/groups', asked).expect<GroupDetail>(201);
  const club = new Club({ owner: owner.id, timezone, period, target, startAt, endAt }, Date.parse(created_at));
  return lifeOf(club, id, people, client, [`${created_at}  ${owner.name} makes the group ${JSON.stringify(asked)}`]);
}

async function happen(life: Life, deed: HttpRequest): Promise<void> {
  const { club, people, story } = life;
  const person = people.get(deed.by)!;
  const sent = Date.now();
  const answer = await person.send(deed.sent).answer;
  const answered = Date.now();
  story.push(`${rfc3339(sent)}  ${person.name} ${told(deed, answer)}`);
  const done = answer.status < 300;
  const written = done ? [answer.body] : [];
  for (const { to, path } of done ? (deed.shownBy ?? []) : [])
    written.push(await people.get(to)!.get(path).expect(200));
  club.passTo(instantOf(written, sent, answered));
  const expected = problemOf(outcome(() => deed.model((answer.body as { id: string } | undefined)?.id ?? '')));
  club.pass(0);
  const seen = done ? null : (answer.body as ProblemBody).code;
  if (seen !== expected) throw differ(life, expected, seen);
}

function told({ sent: { method, path, body } }: HttpRequest, answer: Answer): string {
  const asked = body === undefined ? '' : ` ${JSON.stringify(body)}`;
  return `${method} ${path}${asked} -> ${answer.status < 300 ? answer.status : (answer.body as ProblemBody).code}`;
}

function aViewer({ club, people }: Life, nth: number): Person {
  const members = [...club.members];
  return people.get(members[nth % members.length]!)!;
}

async function take(life: Life, step: HttpStep, { staff }: Cast): Promise<void> {
  life.club.passTo(Date.now());
  if (step.deed === 'look') return look(life, aViewer(life, step.which));
  if (step.deed === 'jobs') return staff.post('/api/maintenance/archive-expired-groups').expect<undefined>(200);
  const deed = httpDeedOf(life.club, life.made, step, [...life.people.keys()]);
  if (deed) await happen(life, deed);
  // Nobody asks anything while the group ends: before and after, it is plain what the answer must be.
  const untilEnd = life.club.groupEnd - Date.now();
  if (untilEnd > -5 && untilEnd < 1000) await wait(untilEnd + 5);
}

/** Lets a plan happen over HTTP and in the model, and holds all that there is to see against the model's view. */
export async function live(plan: HttpPlan, cast: Cast): Promise<void> {
  const life = await found(cast, plan);
  for (const step of plan.steps) await take(life, step, cast);
  await look(life, aViewer(life, plan.steps.length));
  await lookAtGroup(life, life.people.get(life.club.owner)!);
  await lookAtSessions(life);
}
