-- The users whom the import $4 created or changed: of each the next 2,000 after the id $14.
(
    select u.id
    from users as u
    where
        $13::text = 'import_id' and u.directory_id = (select $1::bigint)
        and (u.created_import, u.id) > ($4, $14::bigint) and u.created_import <= $4
    order by u.created_import, u.id
    limit 2000
)
union
(
    select h.user_id
    from user_history as h
    where
        $13 = 'import_id' and h.directory_id = (select $1::bigint)
        and (h.import_id, h.user_id) > ($4, $14) and h.import_id <= $4
    order by h.import_id, h.user_id
    limit 2000
)
