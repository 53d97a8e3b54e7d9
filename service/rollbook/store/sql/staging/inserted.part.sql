-- Users made of the staged rows that $5 creates, as `made`: their ids and keys.
-- $1 directory · $2 whether a username that is the e-mail follows it
-- $3 the role of a row that names none · $4 source of a full sync, else '' · $6 import · $7 source
-- $5 what becomes of each position, a byte: 1 created
with made as (
    insert into users (
        directory_id, employee_number, number_key, email_key, username_key,
        {column}, -- each changing field
        attributes, source, created_import, updated_import
    )
    select
        $1, s.employee_number, s.number_key, n.email_key, n.username_key,
        n.{column}, -- each changing field
        n.attributes, $7, $6, $6
    from staged_{schema} as s
    left join users as u on false
    cross join lateral (
        {{staging/new_values}}
    ) as n
    where get_byte($5::bytea, s.pos) = 1
    returning id, number_key
)
