-- Which of the numbers' keys $2 users of directory $1 have, and whether the import $3 made the user.
select k.number_key, coalesce(u.created_import = $3, false) as made
from unnest($2::text[]) as k (number_key)
cross join lateral (
    select created_import
    from users
    where directory_id = (select $1::bigint) and number_key = k.number_key
    offset 0
) as u
