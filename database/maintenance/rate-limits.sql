-- An advisory lock serializes the uses of one action by one user.
CREATE FUNCTION consume_rate_limit(user_id uuid, action text, at timestamptz, max_uses integer, span interval) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
  oldest timestamptz;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended(action || consume_rate_limit.user_id, 2));
  SELECT u.used_at INTO oldest FROM rate_limit_uses u
   WHERE u.user_id = consume_rate_limit.user_id AND u.action = consume_rate_limit.action
     AND u.used_at > consume_rate_limit.at - span
   ORDER BY u.used_at DESC OFFSET max_uses - 1 LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'rate limit of % exceeded', action
      USING ERRCODE = 'LK429', DETAIL = greatest(1, ceil(extract(epoch FROM oldest + span - consume_rate_limit.at)))::text;
  END IF;
  DELETE FROM rate_limit_uses u
   WHERE u.user_id = consume_rate_limit.user_id AND u.action = consume_rate_limit.action
     AND u.used_at <= consume_rate_limit.at - span;
  INSERT INTO rate_limit_uses VALUES (consume_rate_limit.user_id, consume_rate_limit.action, consume_rate_limit.at);
END $$;
COMMENT ON FUNCTION consume_rate_limit IS
  'Counts one use of an action. At most max_uses are allowed in any interval of length span (specification 1, Limits). Error: LK429 with the seconds to wait as detail.';
