import type { ClientConfig } from 'pg';
import { parse, toClientConfig } from 'pg-connection-string';

/** What holds for every connection unless its URL says otherwise; libpq's names, so psql reads the same. */
export interface TlsDefaults {
  readonly PGSSLMODE?: string;
  /** A file of CA certificates, such as RDS's bundle. */
  readonly PGSSLROOTCERT?: string;
}

const SSL_MODES = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'];

/**
 * The options of `pg` for a connection URL. TLS parameters mean what libpq's documentation says, except that nothing
 * falls back to its second choice: `allow` does not encrypt, `prefer` does not connect without TLS. Throws where a
 * parameter is unknown or a certificate cannot be read; the message holds no part of the URL but that parameter.
 */
export function connectionOptions(url: string, { PGSSLMODE, PGSSLROOTCERT }: TlsDefaults = {}): ClientConfig {
  const [base = '', query] = url.split('?', 2);
  const parameters = new URLSearchParams(query);
  // These are the semantics here in any case, and `pg` refuses to be told twice.
  parameters.delete('uselibpqcompat');
  setDefault(parameters, 'sslmode', PGSSLMODE);
  if (parameters.get('sslmode') !== 'disable') setDefault(parameters, 'sslrootcert', PGSSLROOTCERT);
  checkTls(parameters);
  if (parameters.get('sslmode') === 'allow') parameters.set('sslmode', 'disable');
  const options = toClientConfig(parse(`${base}?${parameters}`, { useLibpqCompat: true }));
  // Unset, `pg` would read PGSSLMODE its own way. Unix-domain sockets have no TLS.
  return { ...options, ssl: options.host?.startsWith('/') ? false : (options.ssl ?? false) };
}

function setDefault(parameters: URLSearchParams, name: string, value: string | undefined): void {
  if (value !== undefined && !parameters.has(name)) parameters.set(name, value);
}

function checkTls(parameters: URLSearchParams): void {
  const mode = parameters.get('sslmode');
  if (mode !== null && !SSL_MODES.includes(mode)) throw new Error(`sslmode must be one of ${SSL_MODES.join(', ')}`);
  if (mode === 'verify-ca' && !parameters.has('sslrootcert')) throw new Error('sslmode=verify-ca needs sslrootcert');
}
