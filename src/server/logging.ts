import type { LoggerService } from '@nestjs/common';
import { Logger as NestLogger, PinoLogger } from 'nestjs-pino';
import { destination, type Logger, pino } from 'pino';
import type { Environment } from '../config/environment.js';

/** Never logged, wherever an object carries it; request lines hold neither headers nor queries to begin with. */
const SECRETS = ['authorization', 'cookie', 'password', 'token', 'email'];

/** Each write goes through the thread pool; in batches of 32 KiB, or every 500 ms, that is a write for 150 requests. */
const IN_BATCHES = { sync: false, minLength: 32_768, maxWrite: 65_536, periodicFlush: 500 };

/** JSON lines on standard output, written in batches; to a person at a terminal they are readable. */
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
  return pino(options, destination(NODE_ENV === 'production' ? IN_BATCHES : { sync: true }));
}

/** For the line of every request: it holds no secret by what it is made of, so nothing is searched for one. */
export function requestLogger(logger: Logger): Logger {
  return logger.child({}, { redact: [] });
}

/** PostgreSQL's errors quote the values that offend it, in properties beside the message; they stay out of the logs. */
function withoutValues(error: Error & { code?: unknown; constraint?: unknown }): object {
  const { name, message, stack, code, constraint } = error;
  return { type: name, message, stack, code, constraint };
}

/** Who tells, at every start, of each module and each route: that is for debugging. */
const CHATTERERS = new Set<unknown>([
  'InstanceLoader',
  'NestApplication',
  'NestFactory',
  'RouterExplorer',
  'RoutesResolver',
]);

class QuietNestLogger extends NestLogger {
  override log(message: unknown, ...rest: unknown[]): void {
    if (CHATTERERS.has(rest.at(-1))) this.debug(message, ...rest);
    else super.log(message, ...rest);
  }
}

/** The same logger, for what Nest itself has to say. */
export function nestLogger(logger: Logger): LoggerService {
  return new QuietNestLogger(new PinoLogger({ pinoHttp: { logger } }), {});
}
