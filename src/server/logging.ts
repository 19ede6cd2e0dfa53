import type { LoggerService } from '@nestjs/common';
import { Logger as NestLogger, PinoLogger } from 'nestjs-pino';
import { type DestinationStream, type Logger, pino } from 'pino';
import sonicBoom, { type SonicBoomOpts } from 'sonic-boom';
import type { Environment } from '../config/environment.js';

/** Redacted in every object that is logged; request lines contain neither headers nor queries. */
const SECRETS = ['authorization', 'cookie', 'password', 'token', 'email'];

/** Writes at 32 KiB, about 150 requests, or after 500 ms: each write goes through the thread pool. */
const BUFFERED = { sync: false, minLength: 32_768, maxWrite: 65_536, periodicFlush: 500 };

/** Lines that cannot be written are kept up to this size; later ones are dropped. */
const MAX_UNWRITTEN_BYTES = 8 * 1_024 * 1_024;

/** JSON lines on standard output, buffered in production; at a terminal, readable text. */
export function createLogger({ NODE_ENV, LOG_LEVEL }: Environment): Logger {
  const options = {
    level: LOG_LEVEL,
    base: undefined,
    redact: SECRETS.flatMap((name) => [name, `*.${name}`]),
    serializers: { err: withoutValues },
  };
  if (NODE_ENV !== 'production' && process.stdout.isTTY) {
    return pino({ ...options, transport: { target: 'pino-pretty', options: { singleLine: true } } });
  }
  return pino(options, standardOutput(NODE_ENV === 'production' ? BUFFERED : { sync: true }));
}

/**
 * A full disk or a closed pipe does not end the process; standard error says so. pino's own destination flushes when the
 * process exits, and never returns from that while the disk is full.
 */
function standardOutput(options: SonicBoomOpts): DestinationStream {
  const stream = new sonicBoom.SonicBoom({ fd: 1, maxLength: MAX_UNWRITTEN_BYTES, ...options });
  let writable = true;
  stream.on('write', () => (writable = true));
  stream.on('error', (error: Error) => {
    if (writable) console.error(JSON.stringify({ msg: `log cannot be written: ${error.message}` }));
    writable = false;
  });
  if (!options.sync) process.on('exit', () => writable && stream.flushSync());
  return stream;
}

/**
 * Logs what ends the process, and Node's warnings, as JSON lines too; returns the log of the start. Both are written at once,
 * before the settings are known.
 */
export function logProcess(): (message: string) => void {
  const logger = pino({ base: undefined, serializers: { err: withoutValues } }, standardOutput({ sync: true }));
  process.on('uncaughtException', (error) => {
    logger.fatal({ err: error }, error.message);
    process.exit(1);
  });
  process.removeAllListeners('warning').on('warning', (warning) => logger.warn({ err: warning }, warning.message));
  return (message) => logger.info(message);
}

/** For request lines: their fields hold no secret, so redaction is off. */
export function requestLogger(logger: Logger): Logger {
  return logger.child({}, { redact: [] });
}

/** PostgreSQL's errors quote the offending values in other properties; those are not logged. */
function withoutValues(error: Error & { code?: unknown; constraint?: unknown }): object {
  const { name, message, stack, code, constraint } = error;
  return { type: name, message, stack, code, constraint };
}

/** Nest's start-up messages, logged at debug. */
const STARTUP_CONTEXTS = new Set<unknown>([
  'InstanceLoader',
  'NestApplication',
  'NestFactory',
  'RouterExplorer',
  'RoutesResolver',
]);

class QuietNestLogger extends NestLogger {
  override log(message: unknown, ...rest: unknown[]): void {
    if (STARTUP_CONTEXTS.has(rest.at(-1))) this.debug(message, ...rest);
    else super.log(message, ...rest);
  }
}

/** The same logger for Nest's own messages. */
export function nestLogger(logger: Logger): LoggerService {
  return new QuietNestLogger(new PinoLogger({ pinoHttp: { logger } }), {});
}
