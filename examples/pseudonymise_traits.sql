-- regard_trait_pseudonym(key, birth name, given name, birth date, sex, place): for PostgreSQL 13 or later in UTF-8, after
-- pseudonymise.sql, whose regard_key_block it uses. NULL where a trait is missing or is none.
CREATE FUNCTION regard_spelt(name text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT upper(regexp_replace(replace(replace(replace(replace(replace(
        normalize(name, NFD), 'œ', 'OE'), 'Œ', 'OE'), 'æ', 'AE'), 'Æ', 'AE'), 'ß', 'SS') COLLATE "C", '[^A-Za-z]', '', 'g'))
$$;
CREATE FUNCTION regard_city(place text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT CASE WHEN place COLLATE "C" BETWEEN '75101' AND '75120' THEN '75056' WHEN place COLLATE "C" BETWEEN '69381' AND '69389'
        THEN '69123' WHEN place COLLATE "C" BETWEEN '13201' AND '13216' THEN '13055' ELSE upper(place) END
$$;
CREATE FUNCTION regard_trait_pseudonym(key bytea, birth_name text, given_name text, birth_date date, sex integer, place text)
RETURNS bytea LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT CASE WHEN length(key) = 32 AND person ~ '^[A-Z]+[|][A-Z]+[|][0-9]{8}[|][12][|][0-9AB]{5}$' THEN
        sha256(regard_key_block(key, 92) || sha256(regard_key_block(key, 54) || convert_to(person, 'UTF8')))
    END FROM (VALUES (regard_spelt(birth_name) || '|' || regard_spelt(given_name) || '|' || to_char(birth_date, 'YYYYMMDD')
        || '|' || sex || '|' || regard_city(place))) AS spelt (person)
$$;
