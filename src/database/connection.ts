import type { ClientConfig } from 'pg';
import { parse, toClientConfig } from 'pg-connection-string';

/** Defaults for every connection URL; libpq's names, which psql reads as well. */
export interface TlsDefaults {
  readonly PGSSLMODE?: string;
  /** A file of CA certificates, such as RDS's bundle. */
  readonly PGSSLROOTCERT?: string;
}

const SSL_MODES = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'];

/**
 * The options of `pg` for a connection URL. TLS parameters are those of libpq, without its fallbacks: `allow` does not
 * encrypt, `prefer` does not connect without TLS. Throws if a parameter is unknown or a certificate cannot be read; the
 * message contains no part of the URL but that parameter.
 */
export function connectionOptions(url: string, { PGSSLMODE, PGSSLROOTCERT }: TlsDefaults = {}): ClientConfig {
  const [base = '', query] = url.split('?', 2);
  const parameters = new URLSearchParams(query);
  // Always on here; `pg` refuses to receive it twice.
  parameters.delete('uselibpqcompat');
  setDefault(parameters, 'sslmode', PGSSLMODE);
  if (parameters.get('sslmode') !== 'disable') setDefault(parameters, 'sslrootcert', PGSSLROOTCERT);
  checkTls(parameters);
  if (parameters.get('sslmode') === 'allow') parameters.set('sslmode', 'disable');
  const options = toClientConfig(parse(`${base}?${parameters}`, { useLibpqCompat: true }));
  // If `ssl` is unset, `pg` interprets PGSSLMODE itself. Unix-domain sockets have no TLS.
  return { ...options, ssl: options.host?.startsWith('/') ? false : (options.ssl ?? false) };
}

/** An empty value counts as missing. */
function setDefault(parameters: URLSearchParams, name: string, value: string | undefined): void {
  if (value && !parameters.has(name)) parameters.set(name, value);
}

function checkTls(parameters: URLSearchParams): void {
  const mode = parameters.get('sslmode');
  if (mode !== null && !SSL_MODES.includes(mode)) throw new Error(`sslmode must be one of ${SSL_MODES.join(', ')}`);
  if (mode === 'verify-ca' && !parameters.has('sslrootcert')) throw new Error('sslmode=verify-ca needs sslrootcert');
}
