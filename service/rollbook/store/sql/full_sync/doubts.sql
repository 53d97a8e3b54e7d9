-- Notes whom of the missing users a row of the file may mean: who has its e-mail, or the username that
-- it gives or would give. Only a row that fails wants what a missing user has: nobody else frees it.
-- $1 directory
insert into doubts_{schema}
select n.line, d.field, d.id, d.employee_number, d.is_suspended
from named_{schema} as n
cross join lateral (
    select 'email' as field, m.id, m.employee_number, m.is_suspended
    from missing_{schema} as m
    where m.email_key = n.email_key
    union all
    select 'username' as field, m.id, m.employee_number, m.is_suspended
    from missing_{schema} as m
    left join lateral (
        select *
        from users
        where directory_id = (select $1::bigint) and number_key = n.number_key
        offset 0
    ) as u on true
    where
        m.username_key = n.username_key and m.email_key is distinct from n.email_key
        and {{full_sync/names_username}}
) as d
