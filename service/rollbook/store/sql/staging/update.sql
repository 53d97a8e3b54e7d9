-- Brings the users of the staged rows at the positions $5 to what the rows make of them. The
-- employee number stays as it was first written: it is the identity, and never changes.
-- $1 directory · $2 whether a username that is the e-mail follows it
-- $3 the role of a row that names none · $4 source · $6 import
update users as u
set
    (
        {column}, -- each changing field
        email_key, username_key, attributes, status
    ) = (
        select
            n.{column}, -- each changing field
            n.email_key, n.username_key, n.attributes,
            case when n.reactivates then 'active' else u.status end
        from (
            {{staging/new_values}}
        ) as n
    ),
    updated_import = $6,
    updated_at = now(),
    version = u.version + 1
from staged_{schema} as s
where
    u.directory_id = (select $1::bigint) and u.number_key = s.number_key
    and s.pos = any($5::integer[])
