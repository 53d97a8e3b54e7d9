-- The conditions of a list on a user u, except those on the import. NULL asks for nothing.
($5::timestamptz is null or u.created_at >= $5)
and ($6::timestamptz is null or u.created_at < $6)
and ($7::timestamptz is null or u.updated_at >= $7)
and ($8::timestamptz is null or u.updated_at < $8)
and ($9::bigint is null or u.role_id = $9)
and ($10::bigint is null or u.location_id = $10)
and ($11::bigint is null or u.unit_id = $11)
and ($12::text is null or u.status = $12)
