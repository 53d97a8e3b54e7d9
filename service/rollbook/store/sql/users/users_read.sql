-- The users $2 of directory $1, as they are read and in that order. Attributes alone make users
-- large: a page of them stops at four times of what it may be on the wire, and never before its
-- second user: it is cut there, not here.
select *
from (
    select
        {{users/row}},
        sum(octet_length(u.attributes::text)) over (
            order by p.place rows between unbounded preceding and 1 preceding
        ) as bytes_before,
        p.place
    from unnest($2::bigint[]) with ordinality as p (id, place)
    {{users/named_row}}
) as f
where f.place <= 2 or f.bytes_before < 2097152
order by f.place
