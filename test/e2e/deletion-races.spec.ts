import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Result } from '@lockin/sdk';
import type pg from 'pg';
import { useApi } from '../support/api.js';
import { createGroup, people } from '../support/factories.js';
import { countWaiting, deadlocksIn, hold, untilEndedOrWaiting } from '../support/locks.js';
import { asBen, aScene, type Request, requests, type Scene } from '../support/race-requests.js';
import { created, on, onMember } from '../support/sdk.js';

const api = useApi();
let gate: pg.Client;

beforeAll(async () => {
  gate = await api.connect();
  await api.database.query(
    `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET deadlock_timeout = ''50ms''', current_database()); END $$`,
  );
});

/** The lock at which the first request waits until the others have arrived. */
const GATES: Record<string, (scene: Scene) => [lock: string, values: unknown[]]> = {
  'at the group': ({ group }) => ['SELECT FROM groups WHERE id = $1 FOR UPDATE', [group.id]],
  'at the profile': ({ ana }) => ['SELECT FROM profiles WHERE id = $1 FOR UPDATE', [ana.id]],
};

/** Sends requests one after the other while a lock is held, and returns their statuses after its release. */
async function inTurn(scene: Scene, where: string, ...sent: Request[]): Promise<number[]> {
  const release = await hold(gate, ...GATES[where]!(scene));
  const answers: Promise<Result<unknown>>[] = [];
  for (const request of sent) {
    const others = await countWaiting(api.database);
    const answer = request(scene);
    answers.push(answer);
    await untilEndedOrWaiting(api.database, answer, { others });
  }
  await release();
  return (await Promise.all(answers)).map(({ response }) => response.status);
}

const deletion: Request = ({ ana }) => ana.api.DELETE('/api/me');
const leaving: Request = ({ ben, group }) => ben.api.DELETE('/api/groups/{id}/members/{userId}', onMember(group, ben));

const names = Object.keys(requests);
const faultsAmong = (statuses: number[]): number[] => statuses.filter((status) => status >= 500);

describe.each([
  ['in a group that one owns alone', 'at the group', true],
  ['in a group that one owns alone', 'at the profile', true],
  ['in a group that goes to somebody else', 'at the group', false],
])('No request during the deletion of the own account is a 5xx: %s, held up %s', (_, where, alone) => {
  it.each(names)('%s', async (name) => {
    const scenes = await Promise.all([aScene(api, { alone }), aScene(api, { alone })]);
    const after = await inTurn(scenes[0], where, deletion, requests[name]!);
    const before = await inTurn(scenes[1], where, requests[name]!, deletion);
    expect({ after: faultsAmong(after), before: faultsAmong(before) }).toEqual({ after: [], before: [] });
  });
});

describe('No request during the deletion of its group is a 5xx', () => {
  // Requests are retried after their first lock timeout, in any order. The deletion may then come first: Ben becomes the
  // owner, who cannot leave.
  it.each(names)('%s of a member who leaves', async (name) => {
    const scene = await aScene(api, { alone: false });
    const statuses = await inTurn(scene, 'at the group', leaving, deletion, asBen(requests[name]!));
    expect(faultsAmong(statuses)).toEqual([]);
    const { rows } = await api.database.query('SELECT owner_id FROM groups WHERE id = $1', [scene.group.id]);
    const kept = statuses[0] === 409 && name !== 'DELETE /me';
    expect(rows).toEqual(kept ? [{ owner_id: scene.ben.id }] : []);
  });

  it.each(['accept', 'decline'] as const)(':%s of somebody who is invited', async (answer) => {
    const scene = await aScene(api, { alone: true });
    const answers: Request = ({ cem, sent }) => cem.api.POST(`/api/invites/{id}:${answer}`, on(sent));
    expect(faultsAmong(await inTurn(scene, 'at the group', deletion, answers))).toEqual([]);
    const other = await aScene(api, { alone: true });
    expect(faultsAmong(await inTurn(other, 'at the group', answers, deletion))).toEqual([]);
  });

  it('none of these requests causes a deadlock', async () => {
    expect(await deadlocksIn(api.database, [gate])).toBe(0);
  });
});

describe('A group that never ends', () => {
  it.each(['UTC', 'Pacific/Kiritimati', 'Pacific/Pago_Pago'])(
    'can be cloned; the copy ends at the last instant that a group may have (%s)',
    async (timezone) => {
      const [ana] = await people(api, 'Ana');
      const end_at = '2099-12-31T23:59:59.999Z';
      const group = await createGroup(ana, { end_at, timezone });
      expect(await created(ana.api.POST('/api/groups/{id}:clone', on(group)))).toMatchObject({ end_at });
    },
  );
});
