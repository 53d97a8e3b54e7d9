-- One user of directory $1, by id $2, number's key $3, e-mail's key $4 or username's key $5; NULL
-- for those that are not asked for.
select
    {{users/row}}
from users as u
join roles as r on r.directory_id = $1 and r.id = u.role_id
left join locations as l on l.directory_id = $1 and l.id = u.location_id
left join organizational_units as o on o.directory_id = $1 and o.id = u.unit_id
where
    u.directory_id = $1
    and (u.id = $2 or u.number_key = $3 or u.email_key = $4 or u.username_key = $5)
