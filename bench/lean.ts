import { createServer, type IncomingMessage } from 'node:http';
import pg from 'pg';
import { statements } from './lean.statements.js';

/**
 * The baseline that the API is compared with: one Node.js process with `pg` and no framework. Tokens are looked up in a map
 * instead of verified; there is no validation, logging, metrics or rate limiting.
 */
type Name = keyof typeof statements;
type Values = readonly (string | null | undefined)[];
type Body = Readonly<Record<string, string>>;

interface Call {
  readonly name: Name;
  readonly values: Values;
  readonly status?: number;
}

const pool = new pg.Pool({
  connectionString: process.env['DATABASE_URL'],
  max: Number(process.env['DATABASE_POOL_MAX']),
});
let userIds = new Map<string, string>();

async function bodyOf(request: IncomingMessage): Promise<Body> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += chunk as string;
  return JSON.parse(text) as Body;
}

function read(caller: string, url: string): Call {
  if (url === '/api/me') return { name: 'me', values: [caller] };
  if (url === '/api/groups') return { name: 'groups', values: [caller] };
  if (url.startsWith('/api/notifications')) {
    const query = new URLSearchParams(url.slice(url.indexOf('?') + 1));
    const [at, id] = [query.get('cursor_created_at'), query.get('cursor_id')];
    return id === null ? { name: 'inbox', values: [caller] } : { name: 'inboxBefore', values: [caller, at, id] };
  }
  const [, , , id, part] = url.split('/');
  return { name: part === undefined ? 'group' : part === 'members' ? part : 'progress', values: [caller, id] };
}

function write(caller: string, url: string, body: Body): Call {
  if (url === '/api/sessions') return { name: 'createSession', values: [caller, body['group_id']], status: 201 };
  const [, , , session, part] = url.split('/');
  if (part === 'logs')
    return { name: 'addLog', values: [caller, session, body['started_at'], body['ended_at']], status: 201 };
  const [id, verb] = session?.split(':') ?? [];
  return { name: verb === 'pause' ? verb : 'resume', values: [caller, id] };
}

const server = createServer((request, response) => {
  const respond = async (): Promise<void> => {
    const caller = userIds.get(request.headers.authorization ?? '') ?? '';
    const url = request.url ?? '';
    const call = request.method === 'GET' ? read(caller, url) : write(caller, url, await bodyOf(request));
    const { name, values, status = 200 } = call;
    const { rows } = await pool.query<{ body: string }>({ name, text: statements[name], values: [...values] });
    const body = rows[0]?.body;
    if (body === undefined) throw new Error('not found');
    response.writeHead(status, {
      'content-type': 'application/json; charset=utf-8',
      'content-length': Buffer.byteLength(body),
    });
    response.end(body);
  };
  respond().catch((error: unknown) => response.writeHead(500).end((error as Error).message));
});

// The parent process has exited.
process.once('disconnect', () => process.exit());
process.once('message', (users: Map<string, string>) => {
  userIds = users;
  server.listen(Number(process.env['PORT']), '127.0.0.1', () => process.send?.('listening'));
});
