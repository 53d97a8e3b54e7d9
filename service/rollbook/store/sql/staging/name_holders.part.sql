-- Who holds the e-mail that a staged row s wants, as e, and who the username, as o: NULL for nobody.
-- $1 directory
left join lateral (
    select id
    from users
    where directory_id = (select $1::bigint) and email_key = s.email_key
    offset 0
) as e on true
left join lateral (
    select id
    from users
    where directory_id = (select $1::bigint) and username_key = s.username_key
    offset 0
) as o on true
