-- Hebrew, Arabic and other scripts that are written from right to left have blocks of their own in Unicode. A line break would
-- end the isolate, so controls and separators become spaces.
CREATE FUNCTION isolate_name(name text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE
    WHEN name COLLATE "C" ~ '[\u0001-\u001F\u007F-\u009F\u0590-\u08FF\u200E\u200F\u2028-\u202E\u2066-\u2069\uFB1D-\uFDFF\uFE70-\uFEFF\U00010800-\U00010FFF\U0001E800-\U0001EFFF]'
    THEN U&'\2068' || regexp_replace(regexp_replace(name COLLATE "C", '[\u202A-\u202E\u2066-\u2069]', '', 'g'),
                                     '[\u0001-\u001F\u007F-\u009F\u2028\u2029]+', ' ', 'g') || U&'\2069'
    ELSE name
  END
$$;
COMMENT ON FUNCTION isolate_name IS
  'A name as part of a text, which it must not reorder (specification 1, Text for people). A name that may be written from right to left is put between FIRST STRONG ISOLATE and POP DIRECTIONAL ISOLATE, without bidirectional controls of its own. Other names are unchanged.';
