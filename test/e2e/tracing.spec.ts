import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as after } from 'node:timers/promises';
import type { OpenTelemetry } from '../../src/server/opentelemetry.js';
import { Tracing } from '../../src/server/tracing.js';
import { LOOPBACK } from '../../local/ports.js';
import { type Api, type Person, startApi } from '../support/api.js';
import { startApiProcess } from '../support/api-process.js';
import { attributesOf, type Collector, type Span, startCollector } from '../support/collector.js';
import { createGroup, createRunningSession, nobody } from '../support/factories.js';
import type { Schema } from '../support/sdk.js';
import { watch } from '../support/stream.js';

const SERVER = 2;
const CLIENT = 3;
const ERROR = 2;

const QUERY = 'from=2026-10-01';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const CALLER = 'b7ad6b7169203331';
const TRACEPARENT = `00-${TRACE}-${CALLER}-01`;

let collector: Collector;
let api: Api;
let ana: Person;
let group: Schema<'GroupDetail'>;

beforeAll(async () => {
  collector = await startCollector();
  api = await startApi({ OTEL_EXPORTER_OTLP_ENDPOINT: `${collector.url}/` });
  ana = await api.person('Ana');
  group = await createGroup(ana);
});
afterAll(async () => {
  await api.stop();
  collector.stop();
});

/** Waits for a span that fits; exporters send every five seconds, unless they are told to. */
async function sent(fits: (span: Span) => boolean): Promise<Span> {
  const { provider } = api.app.get<OpenTelemetry>(Tracing);
  for (;;) {
    await provider.forceFlush();
    const found = collector.spans().find(fits);
    if (found) return found;
    await after(20);
  }
}

const requestTo = (name: string, status: number): Promise<Span> =>
  sent((span) => span.name === name && attributesOf(span)['http.response.status_code'] === status);
const childrenOf = ({ spanId }: Span): Span[] =>
  collector.spans().filter(({ parentSpanId }) => parentSpanId === spanId);

describe('A request', () => {
  it('is a span of the trace of its caller, with a child for each statement, and without anything secret', async () => {
    await ana.get(`/api/groups/${group.id}/progress/history?${QUERY}`, { traceparent: TRACEPARENT });
    const span = await sent(({ traceId, kind }) => traceId === TRACE && kind === SERVER);
    expect(span).toMatchObject({ name: 'GET /api/groups/{id}/progress/history', parentSpanId: CALLER });
    expect(span.status.code).not.toBe(ERROR);
    expect(attributesOf(span)).toEqual({
      'http.request.method': 'GET',
      'http.response.status_code': 200,
      'http.route': '/api/groups/{id}/progress/history',
      'url.scheme': 'http',
    });
    const statements = childrenOf(span);
    expect(statements).toEqual([expect.objectContaining({ name: 'progress_history', kind: CLIENT, traceId: TRACE })]);
    const { hostname, port, pathname } = new URL(api.databaseUrl);
    expect(attributesOf(statements[0]!)).toEqual({
      'db.namespace': pathname.slice(1),
      'db.query.summary': 'progress_history',
      'db.system.name': 'postgresql',
      'server.address': hostname,
      'server.port': Number(port),
    });
    for (const secret of [QUERY, ana.token, 'SELECT']) expect(collector.received.join()).not.toContain(secret);
    expect(collector.resource()).toMatchObject({ 'service.name': 'lockin-api' });
  });

  it('with a body has its statements as children, in a trace of its own', async () => {
    await createRunningSession(ana, group, 60);
    const span = await requestTo('POST /api/sessions', 201);
    expect(span.parentSpanId ?? '').toBe('');
    expect(childrenOf(span).map(({ name }) => name)).toContain('session_create');
    expect(new Set(childrenOf(span).map(({ traceId }) => traceId))).toEqual(new Set([span.traceId]));
  });

  it('that is refused is no error, but its statement says why', async () => {
    await ana.post(`/api/groups/${nobody()}:archive`);
    const span = await requestTo('POST /api/groups/{id}:archive', 404);
    expect(span.status.code).not.toBe(ERROR);
    const [statement] = childrenOf(span);
    expect(statement!.status).toEqual({ code: ERROR });
    expect(attributesOf(statement!)).toMatchObject({ 'db.response.status_code': 'LK404', 'error.type': 'LK404' });
  });

  it('that fails is an error, by its code alone', async () => {
    await api.database.query('ALTER FUNCTION archive_group RENAME TO broken');
    await ana.post(`/api/groups/${group.id}:archive`);
    await api.database.query('ALTER FUNCTION broken RENAME TO archive_group');
    const span = await requestTo('POST /api/groups/{id}:archive', 500);
    expect(span.status).toEqual({ code: ERROR });
    expect(attributesOf(span)['error.type']).toBe('internal_error');
    expect(childrenOf(span).map((each) => attributesOf(each)['error.type'])).toEqual(['42883']);
  });

  it('without a route is named after its method, without its path', async () => {
    await ana.get('/nowhere/ana@example.com');
    const span = await requestTo('GET', 404);
    expect(Object.keys(attributesOf(span)).sort()).toEqual([
      'http.request.method',
      'http.response.status_code',
      'url.scheme',
    ]);
  });

  it('is not traced if its caller says so', async () => {
    const unsampled = '1'.repeat(32);
    await ana.get('/api/me', { traceparent: `00-${unsampled}-${CALLER}-00` });
    await ana.get('/api/notifications');
    const later = await requestTo('GET /api/notifications', 200);
    expect(later.traceId).not.toBe(unsampled);
    expect(collector.spans().filter(({ traceId }) => traceId === unsampled)).toEqual([]);
  });

  it('for a stream lasts until the client leaves, without what the stream reads', async () => {
    const ben = await api.person('Ben');
    const watched = await createGroup(ben);
    const stream = await watch(api.url, ben.token, watched);
    await stream.next();
    await createRunningSession(ben, watched, 60);
    await stream.next();
    stream.close();
    const span = await requestTo('GET /api/groups/{id}/progress/stream', 200);
    expect(childrenOf(span).map(({ name }) => name)).toEqual(['live_open_stream', 'watched_race']);
  });
});

describe('A process', () => {
  it('logs the trace of a request, and sends the last spans when it ends', async () => {
    const settings = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_SERVICE_NAME: 'other', LOG_LEVEL: 'info' };
    const other = await startApiProcess(api, settings);
    await other.as(ana).get('/api/me', { traceparent: TRACEPARENT, 'x-request-id': 'some-request' });
    await other.end();
    expect(other.printed()).toMatch(new RegExp(`"request_id":"some-request","trace_id":"${TRACE}"`));
    const isLast = ({ name, traceId }: Span): boolean => name === 'GET /api/me' && traceId === TRACE;
    expect(collector.spans().filter(isLast)).toHaveLength(1);
    expect(collector.received.at(-1)).toContain('"stringValue":"other"');
  });

  it('serves requests while the collector is away, logs it once, and ends in time', async () => {
    const nobodyListens = `http://${LOOPBACK}:9`;
    const settings = {
      OTEL_EXPORTER_OTLP_ENDPOINT: nobodyListens,
      OTEL_EXPORTER_OTLP_TIMEOUT: '300',
      LOG_LEVEL: 'warn',
    };
    const other = await startApiProcess(api, settings);
    for (let round = 0; round < 2; round++) {
      expect((await other.as(ana).get('/api/me')).status).toBe(200);
      await after(6_000);
    }
    expect(other.printed().match(/traces cannot be sent: /g)).toHaveLength(1);
    const endedAt = Date.now();
    await other.end();
    expect(other.child.exitCode).toBe(0);
    expect(Date.now() - endedAt).toBeLessThan(5_000);
  });

  it('without a collector loads nothing of OpenTelemetry but what the metrics need', async () => {
    const hooks = `import { registerHooks } from 'node:module';
      registerHooks({ load(url, context, next) {
        if (url.includes('/@opentelemetry/')) console.log('loaded ' + /@opentelemetry\\/[^/]+/.exec(url)[0]);
        return next(url, context);
      } });`;
    const watched = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(hooks)}` };
    const loadedBy = async (settings: Record<string, string>): Promise<string[]> => {
      const other = await startApiProcess(api, { ...watched, ...settings });
      await other.end();
      return [...new Set(other.printed().match(/(?<=^loaded ).*/gm))].sort();
    };
    // prom-client looks whether a span is active when it counts CPU time.
    expect(await loadedBy({})).toEqual(['@opentelemetry/api']);
    expect(await loadedBy({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url })).toContain('@opentelemetry/sdk-trace');
  });
});
