-- The users of directory $1 whose number key is in $6 to $7, at most $8 of them, in the order of the
-- keys: arrays of ids, of texts (see `stored_text`), and of attributes, all NULL unless $5.
select array_agg(s.id) as ids, array_agg(s.stored) as texts, array_agg(s.attributes) as attributes
from (
    select
        u.id,
        {{staging/stored_text}} as stored,
        case when $5 then u.attributes::text end as attributes
    from users as u
    where u.directory_id = (select $1::bigint) and u.number_key between $6 and $7
    order by u.number_key
    limit $8
) as s
