import fastify from 'fastify';
import pg from 'pg';
import type { Statement } from '../src/database/database.js';
import { detail as group, list as groups } from '../src/groups/groups.queries.js';
import { list as members } from '../src/groups/members.queries.js';
import { lists as inbox } from '../src/inbox/inbox.queries.js';
import { me } from '../src/profiles/profiles.queries.js';
import { current as progress } from '../src/progress/progress.queries.js';
import { create as newSession, verbs } from '../src/sessions/sessions.queries.js';
import { addLog } from '../src/sessions/time-logs.queries.js';

/**
 * What the API is measured against: the same statements on the same database behind nothing but Fastify. It knows the
 * bench's tokens by heart, checks no input, and neither logs nor counts.
 */
interface Asked {
  params: { id: string };
  query: Record<string, string | undefined>;
  body: Record<string, string> | undefined;
}

const pool = new pg.Pool({
  connectionString: process.env['DATABASE_URL'],
  max: Number(process.env['DATABASE_POOL_MAX']),
});
const app = fastify();
let people = new Map<string, string>();

function serve<P extends readonly unknown[] | [], R extends { body: string | null }>(
  method: 'GET' | 'POST',
  url: string,
  { name, text }: Statement<P, R>,
  parameters: (caller: string, asked: Asked) => P,
  status = 200,
): void {
  app.route({
    method,
    url,
    handler: async (request, reply) => {
      const caller = people.get(request.headers.authorization ?? '') ?? '';
      const values = [...parameters(caller, request as Asked)];
      const { rows } = await pool.query<R>({ name, text, values });
      return reply.code(status).header('content-type', 'application/json; charset=utf-8').send(rows[0]?.body);
    },
  });
}

const LIMIT = 20;

serve('GET', '/api/me', me, (caller) => [caller]);
serve('GET', '/api/groups', groups, (caller) => [caller, LIMIT, undefined, undefined, undefined]);
serve('GET', '/api/groups/:id', group, (caller, { params }) => [caller, params.id]);
serve('GET', '/api/groups/:id/members', members, (caller, { params }) => [caller, params.id]);
serve('GET', '/api/groups/:id/progress/current', progress, (caller, { params }) => [caller, params.id]);
serve('GET', '/api/notifications', inbox.all, (caller, { query }) => [
  caller,
  LIMIT,
  query['cursor_created_at'],
  query['cursor_id'],
]);
serve('POST', '/api/sessions', newSession, (caller, { body }) => [caller, body?.['group_id'] ?? null, null], 201);
serve('POST', '/api/sessions/:id(^[^:]+)::pause', verbs.pause, (caller, { params }) => [caller, params.id, null]);
serve('POST', '/api/sessions/:id(^[^:]+)::resume', verbs.resume, (caller, { params }) => [caller, params.id, null]);
serve(
  'POST',
  '/api/sessions/:id/logs',
  addLog,
  (caller, { params, body }) => [caller, params.id, body?.['started_at'] ?? '', body?.['ended_at'] ?? ''],
  201,
);

// Whoever started it is gone, however that went.
process.once('disconnect', () => process.exit());
process.once('message', (known: Map<string, string>) => {
  people = known;
  void app.listen({ host: '127.0.0.1', port: Number(process.env['PORT']) }).then(() => process.send?.('listening'));
});
