import { plainToInstance, Transform } from 'class-transformer';
import {
  ArrayNotEmpty,
  IsBoolean,
  IsIn,
  IsInt,
  IsString,
  IsUrl,
  Matches,
  Max,
  Min,
  ValidateBy,
  ValidateIf,
  validateSync,
  type ValidationArguments,
} from 'class-validator';
import { connectionOptions } from '../database/connection.js';
import { areProxies } from './proxies.js';

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
const ANY_HTTP_URL = { protocols: ['http', 'https'], require_tld: false, require_protocol: true };
const AN_HTTP_URL = { message: 'must be an http or https URL' };
const A_POSTGRES_URL = 'must be a URL that begins with postgres:// or postgresql://';
const A_PROXY_SETTING = { message: 'must be none, a number of proxies, or a comma-separated list of addresses' };
const TRUE_OR_FALSE = { message: 'must be true or false' };

/** `*`, or what browsers send: a scheme and a host, without a path. */
const ORIGIN = /^(\*|[a-z][a-z0-9+.-]*:\/\/[^/\s*]+)$/;
const AN_ORIGIN = { each: true, message: 'must be * or comma-separated origins such as https://app.example.com' };

const Optional = () => ValidateIf((_, value) => value !== undefined);
const AsNumber = () => Transform(({ value }) => (/^\d{1,9}$/.test(String(value)) ? Number(value) : (value as unknown)));
const AsBoolean = () => Transform(({ value }) => ({ true: true, false: false })[String(value)] ?? (value as unknown));
const listOf = (value: unknown): string[] =>
  String(value)
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean);
const AsList = () => Transform(({ value }) => (value === undefined ? undefined : listOf(value)));
const AsOrigins = () => Transform(({ value }) => listOf(value).map(asOrigin));
const WithoutSlash = () =>
  Transform(({ value }) => (typeof value === 'string' ? value.replace(/\/+$/, '') : (value as unknown)));

function Whole(min: number, max: number): PropertyDecorator {
  const message = `must be a whole number from ${min} to ${max}`;
  return (target, name) => {
    for (const rule of [AsNumber(), IsInt({ message }), Min(min, { message }), Max(max, { message })])
      rule(target, name);
  };
}

/** In lower case, without a default port and a slash at the end; what is no origin stays as it is. */
function asOrigin(text: string): string {
  if (!URL.canParse(text)) return text;
  const { protocol, host, pathname, search, hash } = new URL(text);
  return ['', '/'].includes(pathname + search + hash) ? `${protocol}//${host}` : text;
}

/** The error message contains the reason why `pg` cannot use a URL, such as an unknown sslmode. */
function PostgresUrl(): PropertyDecorator {
  const fault = (url: unknown, settings: object): string | undefined => {
    if (typeof url !== 'string' || !/^postgres(ql)?:\/\//.test(url)) return A_POSTGRES_URL;
    try {
      connectionOptions(url, settings);
    } catch (error) {
      return `cannot be used: ${(error as Error).message}`;
    }
    return undefined;
  };
  const defaultMessage = (args?: ValidationArguments): string => fault(args?.value, args?.object ?? {}) ?? '';
  const validate = (url: unknown, args?: ValidationArguments): boolean => fault(url, args?.object ?? {}) === undefined;
  return ValidateBy({ name: 'postgresUrl', validator: { validate, defaultMessage } });
}

function Switch(): PropertyDecorator {
  return (target, name) => {
    for (const rule of [AsBoolean(), IsBoolean(TRUE_OR_FALSE)]) rule(target, name);
  };
}

/** The environment variables, explained in docs/configuration.md. */
export class Environment {
  @IsIn(['development', 'test', 'production'], { message: 'must be development, test or production' })
  NODE_ENV: 'development' | 'test' | 'production';

  @IsString()
  HOST: string;

  /** 0: the system chooses a free port. */
  @Whole(0, 65_535)
  PORT: number;

  @PostgresUrl()
  DATABASE_URL: string;

  @PostgresUrl()
  DATABASE_LISTEN_URL: string;

  /** Default of both URLs; libpq's names (docs/connections.md). */
  @Optional()
  @IsString()
  PGSSLMODE?: string;

  /** A file of CA certificates; without PGSSLMODE it means verify-full. */
  @Optional()
  @IsString()
  PGSSLROOTCERT?: string;

  @Whole(1, 1_000)
  DATABASE_POOL_MAX: number;

  @Switch()
  MIGRATE_ON_START: boolean;

  /** Compared exactly with `iss`. */
  @IsUrl(ANY_HTTP_URL, AN_HTTP_URL)
  COGNITO_ISSUER: string;

  @AsList()
  @ArrayNotEmpty({ message: 'must be a comma-separated list' })
  COGNITO_CLIENT_IDS: string[];

  @IsUrl(ANY_HTTP_URL, AN_HTTP_URL)
  COGNITO_JWKS_URI: string;

  /** The domain of Cognito's hosted sign-in, such as lockin.auth.eu-west-1.amazoncognito.com. */
  @Optional()
  @IsUrl({ protocols: ['https', 'http'], require_tld: false }, { message: 'must be a host name' })
  COGNITO_DOMAIN?: string;

  @IsString()
  AUTH_PROVIDER: string;

  @IsString()
  MAINTENANCE_GROUP: string;

  @IsString()
  S3_BUCKET: string;

  @IsString()
  S3_REGION: string;

  /** Only for storage other than Amazon S3. */
  @Optional()
  @IsUrl(ANY_HTTP_URL, AN_HTTP_URL)
  S3_ENDPOINT?: string;

  @WithoutSlash()
  @IsUrl(ANY_HTTP_URL, AN_HTTP_URL)
  AVATAR_PUBLIC_BASE_URL: string;

  @AsOrigins()
  @Matches(ORIGIN, AN_ORIGIN)
  CORS_ORIGINS: string[];

  @Switch()
  DOCS_ENABLED: boolean;

  @Switch()
  METRICS_ENABLED: boolean;

  /** An OpenTelemetry collector that receives traces over HTTP. Without it, nothing of OpenTelemetry is loaded. */
  @Optional()
  @WithoutSlash()
  @IsUrl(ANY_HTTP_URL, AN_HTTP_URL)
  OTEL_EXPORTER_OTLP_ENDPOINT?: string;

  /** `none`, the number of proxies in front, or their addresses: decides which IP address a request counts for. */
  @ValidateBy({ name: 'proxies', validator: { validate: areProxies } }, A_PROXY_SETTING)
  TRUST_PROXY: string;

  @Switch()
  SCHEDULER_ENABLED: boolean;

  /** Between SIGTERM and the end of serving; the process is unready meanwhile. */
  @Whole(0, 300)
  DRAIN_SECONDS: number;

  /** Of one user; 0 switches all rate limits of this process off. */
  @Whole(0, 1_000_000)
  RATE_LIMIT_PER_MINUTE: number;

  @IsIn(LOG_LEVELS, { message: `must be one of ${LOG_LEVELS.join(', ')}` })
  LOG_LEVEL: (typeof LOG_LEVELS)[number];

  /** The token endpoint of the local stack, which sets this. */
  @Optional()
  @IsString()
  LOCAL_TOKEN_URL?: string;

  /** The demo people of the local stack, which sets this. */
  @Optional()
  @IsString()
  LOCAL_PEOPLE_URL?: string;
}

const REQUIRED = [
  'DATABASE_URL',
  'COGNITO_ISSUER',
  'COGNITO_CLIENT_IDS',
  'S3_BUCKET',
  'S3_REGION',
  'AVATAR_PUBLIC_BASE_URL',
] as const;

type Source = Record<string, string | undefined>;

function defaults(given: Source): Source {
  const production = given.NODE_ENV === 'production';
  return {
    NODE_ENV: 'development',
    HOST: production ? '0.0.0.0' : '127.0.0.1',
    PORT: '3000',
    DATABASE_LISTEN_URL: given.DATABASE_URL,
    DATABASE_POOL_MAX: '10',
    MIGRATE_ON_START: 'true',
    COGNITO_JWKS_URI: given.COGNITO_ISSUER && `${given.COGNITO_ISSUER}/.well-known/jwks.json`,
    AUTH_PROVIDER: 'cognito',
    MAINTENANCE_GROUP: 'admin',
    DOCS_ENABLED: String(!production),
    METRICS_ENABLED: String(!production),
    TRUST_PROXY: 'none',
    CORS_ORIGINS: '',
    DRAIN_SECONDS: production ? '5' : '0',
    SCHEDULER_ENABLED: 'true',
    RATE_LIMIT_PER_MINUTE: '600',
    LOG_LEVEL: 'info',
  };
}

/** Throws one error that names every missing or malformed setting. An empty value counts as missing. */
export function readEnvironment(source: Source): Environment {
  const given: Source = Object.fromEntries(Object.entries(source).filter(([, value]) => value?.trim()));
  const environment = plainToInstance(Environment, { ...defaults(given), ...given });
  const missing = REQUIRED.filter((name) => given[name] === undefined);
  const malformed = validateSync(environment)
    .filter(({ property, value }) => value !== undefined && given[property] !== undefined)
    .map(({ property, constraints }) => `${property} ${Object.values(constraints ?? {})[0] ?? 'is not valid'}`);
  const errors = [...missing.map((name) => `${name} is missing`), ...malformed];
  if (errors.length > 0) throw new Error(`The configuration is not complete:\n  ${errors.join('\n  ')}`);
  return environment;
}
