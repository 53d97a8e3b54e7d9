-- The users of p, by id p.id, as they are read. LATERAL with OFFSET 0 keeps each look-up on its
-- key whatever the statistics are: a join by the planner's choice reads every user of a role.
cross join lateral (
    select *
    from users
    where directory_id = (select $1::bigint) and id = p.id
    offset 0
) as u
cross join lateral (
    select name
    from roles
    where directory_id = (select $1::bigint) and id = u.role_id
    offset 0
) as r
{{users/places}}
