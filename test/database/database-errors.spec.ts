import { describe, expect, it } from '@jest/globals';
import { isRefusal, isUnavailable, toProblem } from '../../src/database/database-errors.js';

/** An error as `pg` throws it. */
const pgError = (code: string, message = 'it failed'): Error => Object.assign(new Error(message), { code });

/** SQLSTATE or Node.js error code, its meaning, and whether the connection is reused. */
const UNAVAILABLE: [code: string, name: string, keeps: boolean][] = [
  ['08000', 'connection_exception', false],
  ['08006', 'connection_failure', false],
  ['08P01', 'protocol_violation, also what PgBouncer says of a server that is away', false],
  ['25006', 'read_only_sql_transaction', false],
  ['25P03', 'idle_in_transaction_session_timeout', false],
  ['25P04', 'transaction_timeout', false],
  ['40001', 'serialization_failure, after the last attempt', true],
  ['40P01', 'deadlock_detected, after the last attempt', true],
  ['53000', 'insufficient_resources', false],
  ['53100', 'disk_full', false],
  ['53200', 'out_of_memory, also of shared memory', false],
  ['53300', 'too_many_connections', false],
  ['55P03', 'lock_not_available: lock_timeout', true],
  ['57014', 'query_canceled: statement_timeout', true],
  ['57P01', 'admin_shutdown', false],
  ['57P02', 'crash_shutdown', false],
  ['57P03', 'cannot_connect_now', false],
  ['57P05', 'idle_session_timeout', false],
  ['ECONNREFUSED', 'nobody listens', false],
  ['ECONNRESET', 'the connection broke', false],
  ['EHOSTUNREACH', 'no route', false],
  ['EAI_AGAIN', 'the name service is away', false],
];

const MESSAGES = [
  'Connection terminated',
  'Connection terminated unexpectedly',
  'Connection terminated due to connection timeout',
  'Client was closed and is not queryable',
  'Client has encountered a connection error and is not queryable',
  'Query read timeout',
  'timeout exceeded when trying to connect',
  'timeout expired',
];

describe('503 with Retry-After', () => {
  it.each(UNAVAILABLE)('is what %s (%s) becomes', (code, _, keeps) => {
    expect(toProblem(pgError(code))).toMatchObject({ code: 'unavailable', status: 503, extra: { retryAfter: 5 } });
    expect(isRefusal(pgError(code))).toBe(keeps);
  });

  it.each(MESSAGES)('is what "%s" becomes', (message) => {
    expect(toProblem(new Error(message))).toMatchObject({ code: 'unavailable', extra: { retryAfter: 5 } });
  });
});

it.each(['22012', '42P01', '42501', '26000', 'XX000', '28P01', '3D000'])(
  '%s is a defect of this system or of its setup, not an outage',
  (code) => {
    const error = pgError(code);
    expect(toProblem(error)).toBe(error);
    expect(isUnavailable(error)).toBe(false);
  },
);
