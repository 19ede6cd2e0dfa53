import { Migration } from '@mikro-orm/migrations';

/** Requests that create, repeated without creating twice (SPEC 1, Retries). */
export class Migration20261122101400Idempotency extends Migration {
  override name = '20261122101400_idempotency';

  override up(): void {
    this.addSql(up);
  }

  override down(): void {
    this.addSql(down);
  }
}

/** As it was, and with one chapter more. */
const exportAccount = (lastChapter: string): string => String.raw`
-- All that is stored about somebody, as one JSON object; NULL for an account that is gone.
CREATE OR REPLACE FUNCTION export_account(caller uuid, at timestamptz) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
BEGIN
  RETURN (
    SELECT json_build_object(
      'exported_at', rfc3339(at),
      'profile', json_build_object('id', p.id, 'email', p.email, 'display_name', p.display_name,
        'avatar_url', p.avatar_url, 'created_at', rfc3339(p.created_at), 'updated_at', rfc3339(p.updated_at)),
      'identities', (
        SELECT coalesce(json_agg(json_build_object('provider', i.provider, 'subject', i.subject,
                 'created_at', rfc3339(i.created_at)) ORDER BY i.created_at, i.id), '[]')
          FROM auth_identities i WHERE i.profile_id = p.id),
      'memberships', (
        SELECT coalesce(json_agg(json_build_object('group', group_json(g, at), 'role', m.role,
                 'override_period_target_minutes', m.override_period_target_minutes,
                 'created_at', rfc3339(m.created_at)) ORDER BY m.created_at, m.join_order), '[]')
          FROM group_members m JOIN groups g ON g.id = m.group_id WHERE m.user_id = p.id),
      'targets', (
        SELECT coalesce(json_agg(json_build_object('group_id', c.group_id, 'target_minutes', c.target_minutes,
                 'changed_at', rfc3339(c.changed_at)) ORDER BY c.changed_at, c.id), '[]')
          FROM target_changes c WHERE c.user_id = p.id),
      'sessions', (
        SELECT coalesce(json_agg(json_build_object('session', session_json(s, at), 'role', t.role,
                 'joined_at', rfc3339(t.joined_at), 'left_at', rfc3339(t.left_at),
                 'logs', (SELECT coalesce(json_agg(log_json(l, s, at) ORDER BY l.started_at, l.id), '[]')
                            FROM time_logs l WHERE l.participant_id = t.id)) ORDER BY s.created_at, s.id), '[]')
          FROM session_participants t JOIN sessions s ON s.id = t.session_id WHERE t.user_id = p.id),
      'milestones', (
        SELECT coalesce(json_agg(json_build_object('group_id', m.group_id, 'period_start', rfc3339(m.period_start),
                 'reached_at', rfc3339(m.reached_at)) ORDER BY m.reached_at), '[]')
          FROM milestones m WHERE m.user_id = p.id),
      'notifications', (
        SELECT coalesce(json_agg(told ORDER BY n.created_at, n.id), '[]')
          FROM notifications n CROSS JOIN LATERAL notification_json(n, at) told WHERE n.recipient_id = p.id),
      'limited_actions', (
        SELECT coalesce(json_agg(json_build_object('action', l.action, 'at', rfc3339(l.at)) ORDER BY l.at), '[]')
          FROM limited_actions l WHERE l.profile_id = p.id)${lastChapter})::text
      FROM profiles p WHERE p.id = caller);
END $$;
`;

const up = String.raw`
-- The answers to requests that came with an Idempotency-Key, each written in the transaction of its effect.
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
COMMENT ON COLUMN idempotency_keys.fingerprint IS 'Tells one request from another: of its method, its path and its body as it was read.';
COMMENT ON COLUMN idempotency_keys.body IS 'The JSON as it went out, so that a replay is the same to the byte.';
CREATE INDEX idempotency_keys_created_at ON idempotency_keys (created_at);

-- How long a key stands for its first answer (SPEC 1, Retries).
CREATE FUNCTION idempotency_key_life() RETURNS interval
LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN interval '24 hours';

-- The answer that a key stands for, or no row: then the key is the transaction's until it ends, and its work may be done.
-- Raises LKKEY if the key stands for another request, and LKBSY, with the seconds to wait as its detail, while somebody
-- else has it. The answer is looked for after the lock was tried: whoever had it has committed by then or still has it.
CREATE FUNCTION claim_idempotency_key(caller uuid, key text, fingerprint bytea, at timestamptz) RETURNS SETOF idempotency_keys
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
  claimed boolean := pg_try_advisory_xact_lock(hashtextextended('idempotency ' || caller || ' ' || key, 0));
  kept idempotency_keys;
BEGIN
  SELECT * INTO kept FROM idempotency_keys k
   WHERE k.user_id = caller AND k.key = claim_idempotency_key.key AND k.created_at > at - idempotency_key_life();
  IF NOT FOUND AND NOT claimed THEN
    RAISE EXCEPTION 'the same key is in flight' USING ERRCODE = 'LKBSY', DETAIL = '1';
  ELSIF kept.fingerprint <> claim_idempotency_key.fingerprint THEN
    RAISE EXCEPTION 'the key belongs to another request' USING ERRCODE = 'LKKEY';
  ELSIF kept.key IS NOT NULL THEN
    RETURN NEXT kept;
  END IF;
END $$;

-- Keeps the answer of a claimed key; one that outlived its time and waits for the purge makes room.
CREATE FUNCTION keep_answer(
  caller uuid, key text, fingerprint bytea, status integer, location text, body text, at timestamptz) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO idempotency_keys AS k VALUES (caller, keep_answer.key, fingerprint, status, location, body, at)
  ON CONFLICT ON CONSTRAINT idempotency_keys_pkey DO UPDATE
    SET fingerprint = excluded.fingerprint, status = excluded.status, location = excluded.location,
        body = excluded.body, created_at = excluded.created_at;
END $$;

-- Forgets the keys whose time is over, and returns how many.
CREATE FUNCTION purge_idempotency_keys(at timestamptz) RETURNS integer
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
  purged integer;
BEGIN
  DELETE FROM idempotency_keys k WHERE k.created_at <= at - idempotency_key_life();
  GET DIAGNOSTICS purged = ROW_COUNT;
  RETURN purged;
END $$;
${exportAccount(`,
      'idempotency_keys', (
        SELECT coalesce(json_agg(json_build_object('key', k.key, 'status', k.status, 'location', k.location,
                 'created_at', rfc3339(k.created_at)) ORDER BY k.created_at, k.key), '[]')
          FROM idempotency_keys k WHERE k.user_id = p.id)`)}`;

const down = `${exportAccount('')}
DROP FUNCTION purge_idempotency_keys(timestamptz);
DROP FUNCTION keep_answer(uuid, text, bytea, integer, text, text, timestamptz);
DROP FUNCTION claim_idempotency_key(uuid, text, bytea, timestamptz);
DROP FUNCTION idempotency_key_life();
DROP TABLE idempotency_keys;
`;
