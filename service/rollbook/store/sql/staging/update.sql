-- Updates the users of the staged rows that $5 updates to the new values of the rows, and keeps in the
-- history what has changed. The employee number stays as it was first written: it is the identity, and
-- never changes.
-- $1 directory · $2 whether a username that is the e-mail follows it
-- $3 the role of a row that names none · $4 source of a full sync, else '' · $6 import · $7 principal
-- $5 what becomes of each position, a byte: 2 updated
-- The users are found as `match` finds them, and joined by ctid. Joined by their key, a table without
-- statistics would be scanned for each row. No ctid changes meanwhile, because every writer of users
-- holds the directory's lock.
with changed as (
    update users as u
    set
        (
            {column}, -- each changing field
            email_key, username_key, attributes, status, sources
        ) = (
            select
                n.{column}, -- each changing field
                n.email_key, n.username_key, n.attributes,
                case when n.reactivates then 'active' else u.status end, n.sources
            from (
                {{staging/new_values}}
            ) as n
        ),
        updated_import = $6,
        updated_at = now(),
        version = u.version + 1
    from staged_{schema} as s
    cross join lateral (
        select *, ctid as at
        from users
        where directory_id = (select $1::bigint) and number_key = s.number_key
        offset 0
    ) as was
    where
        u.directory_id = (select $1::bigint) and u.ctid = was.at
        and get_byte($5::bytea, s.pos) = 2
    returning u.id, was.version,
        {{users/changes}} as changes
)

insert into user_history (directory_id, user_id, version, import_id, principal, changes)
select $1, c.id, c.version, $6, $7, c.changes
from changed as c
