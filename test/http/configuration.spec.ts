import { describe, expect, it } from '@jest/globals';
import { readEnvironment } from '../../src/config/environment.js';

const complete = {
  DATABASE_URL: 'postgres://db/lockin',
  COGNITO_ISSUER: 'https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_a',
  COGNITO_CLIENT_IDS: 'phone, web',
  S3_BUCKET: 'avatars',
  S3_REGION: 'eu-west-1',
  AVATAR_PUBLIC_BASE_URL: 'https://avatars.example.com/',
};

describe('the configuration', () => {
  it('stops the start with one message that names everything that is missing or malformed', () => {
    const read = () => readEnvironment({ NODE_ENV: 'production', S3_REGION: ' ', PORT: 'http', LOG_LEVEL: 'loud' });
    expect(read).toThrow(/DATABASE_URL is missing\n {2}COGNITO_ISSUER is missing\n {2}COGNITO_CLIENT_IDS is missing\n/);
    expect(read).toThrow(/S3_BUCKET is missing\n {2}S3_REGION is missing\n {2}AVATAR_PUBLIC_BASE_URL is missing\n/);
    expect(read).toThrow(/PORT must be a whole number from 0 to 65535\n {2}LOG_LEVEL must be one of fatal, error/);
  });

  it('has the defaults of the design', () => {
    expect(readEnvironment(complete)).toMatchObject({
      NODE_ENV: 'development',
      PORT: 3000,
      DATABASE_LISTEN_URL: 'postgres://db/lockin',
      DATABASE_POOL_MAX: 10,
      MIGRATE_ON_START: true,
      COGNITO_CLIENT_IDS: ['phone', 'web'],
      COGNITO_JWKS_URI: `${complete.COGNITO_ISSUER}/.well-known/jwks.json`,
      AUTH_PROVIDER: 'cognito',
      MAINTENANCE_GROUP: 'admin',
      AVATAR_PUBLIC_BASE_URL: 'https://avatars.example.com',
      CORS_ORIGINS: [],
      DOCS_ENABLED: true,
      METRICS_ENABLED: true,
      SCHEDULER_ENABLED: true,
      RATE_LIMIT_PER_MINUTE: 600,
    });
  });

  it('shows neither documentation nor metrics in production unless told to', () => {
    const production = { ...complete, NODE_ENV: 'production' };
    expect(readEnvironment(production)).toMatchObject({ DOCS_ENABLED: false, METRICS_ENABLED: false });
    expect(readEnvironment({ ...production, DOCS_ENABLED: 'true' })).toMatchObject({ DOCS_ENABLED: true });
  });

  it.each([
    { PORT: '70000' },
    { PORT: '-1' },
    { DATABASE_URL: 'mysql://db' },
    { MIGRATE_ON_START: 'yes' },
    { NODE_ENV: 'staging' },
    { COGNITO_ISSUER: 'cognito' },
    { S3_ENDPOINT: 'ftp://s3' },
    { RATE_LIMIT_PER_MINUTE: '1e3' },
    { CORS_ORIGINS: 'foo' },
    { CORS_ORIGINS: 'https://app.example.com/app' },
    { CORS_ORIGINS: 'https://*.example.com' },
    { DRAIN_SECONDS: '-1' },
    { TRUST_PROXY: 'load-balancer' },
    { TRUST_PROXY: '10.0.0.0/8,proxy' },
    { TRUST_PROXY: '10.0.0.0/33' },
    { TRUST_PROXY: '10.0.0.0/0' },
    { TRUST_PROXY: '::1/129' },
    { COGNITO_DOMAIN: 'my domain' },
    { COGNITO_DOMAIN: 'https://' },
    { DATABASE_POOL_MAX: '0' },
  ])('refuses %p', (malformed) => {
    expect(() => readEnvironment({ ...complete, ...malformed })).toThrow(Object.keys(malformed)[0]);
  });

  it('takes origins as people write them and compares them as browsers send them', () => {
    const CORS_ORIGINS =
      'https://App.Example.com/, http://localhost:80, https://a.example.com:8443,capacitor://localhost';
    expect(readEnvironment({ ...complete, CORS_ORIGINS }).CORS_ORIGINS).toEqual([
      'https://app.example.com',
      'http://localhost',
      'https://a.example.com:8443',
      'capacitor://localhost',
    ]);
  });

  it('names only settings that were made', () => {
    const read = () => readEnvironment({ ...complete, DATABASE_URL: 'mysql://db', COGNITO_ISSUER: 'cognito' });
    expect(read).toThrow(/DATABASE_URL must be a URL/);
    expect(read).not.toThrow(/DATABASE_LISTEN_URL|COGNITO_JWKS_URI/);
  });

  it('drains for 5 s in production, and not at all elsewhere', () => {
    expect(readEnvironment({ ...complete, NODE_ENV: 'production' }).DRAIN_SECONDS).toBe(5);
    expect(readEnvironment(complete).DRAIN_SECONDS).toBe(0);
  });

  it.each(['none', '1', '10.0.0.1', '10.0.0.0/8, ::1', '10.0.0.1/32,fd00::/128'])(
    'takes %p for the proxies in front',
    (TRUST_PROXY) => {
      expect(readEnvironment({ ...complete, TRUST_PROXY }).TRUST_PROXY).toBe(TRUST_PROXY);
    },
  );
});
