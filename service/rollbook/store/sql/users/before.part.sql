-- What the user u is, as history keeps it: every column but the keys of history's own, and those
-- that PostgreSQL makes of others.
to_jsonb(u) - '{directory_id,id,first_name_lower,last_name_lower,name_lower}'::text[]
