import { beforeAll, describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import { type Person, useApi } from '../support/api.js';
import { createGroup, createSession, addMembers, people } from '../support/factories.js';
import { countWaiting, untilEndedOrWaiting } from '../support/locks.js';
import { routines } from '../support/routines.js';
import { done } from '../support/sdk.js';
import { verb } from '../support/sessions.js';
import { type RaceStream, watch } from '../support/stream.js';

const api = useApi();
let writer: pg.Client;
let ana: Person;
let ben: Person;
const streams: RaceStream[] = [];

beforeAll(async () => {
  writer = await api.connect();
  api.beforeStop(() => streams.forEach((stream) => stream.close()));
  [ana, ben] = await people(api, 'Ana', 'Ben');
});

describe('Opening a stream of a group that is being changed', () => {
  it('waits for no lock, blocks nobody, and sends each change after its commit', async () => {
    const group = await createGroup(ana);
    await addMembers(ana, group, ben);
    const session = await createSession(ana, group);
    const [beside, elsewhere] = [await createSession(ben, group), await createSession(ben, await createGroup(ben))];
    await writer.query('BEGIN');
    await writer.query(`SELECT ${routines.startSession}($1, $2, NULL, to_ms(now()))`, [ana.id, session.id]);

    const stream = await watch(api.url, ana.token, group);
    streams.push(stream);
    expect((await stream.next()).some(({ running }) => running)).toBe(false);
    const startsAtOnce = async ({ id }: { id: string }): Promise<void> => {
      const others = await countWaiting(api.database);
      const starting = verb(ben, id, 'start');
      expect(await untilEndedOrWaiting(api.database, starting, { others })).toBe('ended');
      await done(starting);
    };
    await startsAtOnce(beside);
    await stream.until((race) => race.some(({ user_id, running }) => user_id === ben.id && running));
    await done(verb(ben, beside.id, 'stop'));
    await startsAtOnce(elsewhere);
    await done(verb(ben, elsewhere.id, 'stop'));

    await writer.query('COMMIT');
    await stream.until((race) => race.some(({ user_id, running }) => user_id === ana.id && running));
  });
});
