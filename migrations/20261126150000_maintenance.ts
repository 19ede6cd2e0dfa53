import { Migration } from '@mikro-orm/migrations';

/** Rate limits, idempotency keys and job runs. */
export class Maintenance extends Migration {
  override name = '20261126150000_maintenance';

  override up(): void {
    this.addSql(up);
  }

  override down(): void {
    this.addSql(down);
  }
}

const up = `
CREATE TABLE rate_limit_uses (
  user_id uuid NOT NULL REFERENCES profiles ON DELETE CASCADE,
  action text NOT NULL,
  used_at timestamptz NOT NULL
);
COMMENT ON TABLE rate_limit_uses IS 'Every use of an action that is limited over all processes (specification 1, Limits).';
CREATE INDEX rate_limit_uses_recent ON rate_limit_uses (user_id, action, used_at);

CREATE TABLE idempotency_keys (
  user_id uuid NOT NULL REFERENCES profiles ON DELETE CASCADE,
  key text CONSTRAINT idempotency_keys_key_length CHECK (char_length(key) BETWEEN 1 AND 255),
  fingerprint bytea NOT NULL,
  status smallint NOT NULL,
  location text,
  body text NOT NULL,
  created_at timestamptz(3) NOT NULL,
  PRIMARY KEY (user_id, key)
);
COMMENT ON TABLE idempotency_keys IS 'The responses to requests with an Idempotency-Key, each written in the transaction of its effect.';
COMMENT ON COLUMN idempotency_keys.fingerprint IS 'Tells one request from another: of its method, its path and its body as it was read.';
COMMENT ON COLUMN idempotency_keys.body IS 'The JSON as it was sent, so that a replay is the same to the byte.';
CREATE INDEX idempotency_keys_created_at ON idempotency_keys (created_at);

CREATE TABLE job_runs (
  job text PRIMARY KEY,
  run_at timestamptz NOT NULL
);
COMMENT ON TABLE job_runs IS 'The minute of each job''s latest run, so that of several processes one does it.';
`;

const down = `
DROP TABLE job_runs, idempotency_keys, rate_limit_uses;
`;
