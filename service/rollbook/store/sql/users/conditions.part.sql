-- The conditions of a list on a user u. NULL asks for nothing.
-- $4 import · $5 $6 created from and until · $7 $8 changed from and until · $9 role · $10 location
-- $11 unit · $12 status
($4::uuid is null or u.created_import = $4 or exists (
    select from user_history as h
    where h.directory_id = $1 and h.import_id = $4 and h.user_id = u.id
))
and ($5::timestamptz is null or u.created_at >= $5)
and ($6::timestamptz is null or u.created_at < $6)
and ($7::timestamptz is null or u.updated_at >= $7)
and ($8::timestamptz is null or u.updated_at < $8)
and ($9::bigint is null or u.role_id = $9)
and ($10::bigint is null or u.location_id = $10)
and ($11::bigint is null or u.unit_id = $11)
and ($12::text is null or u.status = $12)
