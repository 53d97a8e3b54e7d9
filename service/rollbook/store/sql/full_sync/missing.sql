-- Notes the users of the source $2 that the file does not name by their number, and answers how many
-- they are. Protected users are left out, and those that hold a role of $3 or are one of $4.
-- $1 directory · $2 source
with missing as (
    insert into missing_{schema}
    select
        u.id, u.employee_number, u.email_key, u.username_key, {{full_sync/is_last_source}}
    from users as u
    where
        u.directory_id = $1 and {{full_sync/names_source}}
        and not exists (select from named_{schema} as n where n.number_key = u.number_key)
    returning id
)

select count(*) from missing
