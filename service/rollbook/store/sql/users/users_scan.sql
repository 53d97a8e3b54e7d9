-- Where the users are that a list asks for, by id: at most $3 after the id $2, of the next 2,000 that
-- its narrowest condition leaves. So a page takes the same time wherever those are that fit, and may
-- be short. See the parts for the parameters.
with scanned as materialized (
    select u.id, null as at, 0 as kind,
        {{users/conditions}} as fits
    from (
        {{users/narrowed}}
        union all
        (
            select u.*
            from users as u
            where $13 = '' and u.directory_id = (select $1::bigint) and u.id > $2
            order by u.id
            limit 2000
        )
    ) as u
),

{{users/picked}}
