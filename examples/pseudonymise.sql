-- regard_pseudonym(key, nir, birth date, sex): a database's pseudonym of a person, for PostgreSQL 11 or later, no extension.
-- The key is the 32 bytes of the key file's last word: decode('…', 'base64').
CREATE FUNCTION regard_key_block(key bytea, pad integer) RETURNS bytea LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT string_agg(
        set_byte('\x00', 0, (CASE WHEN i < length(key) THEN get_byte(key, i) ELSE 0 END) # pad), ''::bytea ORDER BY i)
    FROM generate_series(0, 63) AS i
$$;
CREATE FUNCTION regard_pseudonym(key bytea, nir text, birth_date date, sex integer) RETURNS bytea
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    -- HMAC-SHA-256 (RFC 2104) of NIR|YYYYMMDD|sex.
    SELECT CASE WHEN length(key) = 32 AND nir ~ '^[0-9]{6}[0-9AB][0-9]{6}([0-9]{2})?$' AND sex IN (1, 2) THEN
        sha256(regard_key_block(key, 92) || sha256(regard_key_block(key, 54) || convert_to(
            left(nir, 13) || '|' || to_char(birth_date, 'YYYYMMDD') || '|' || sex, 'UTF8')))
    END
$$;
