-- Keeps what the staged rows of $5 change: a row a position, its fields in their order.
insert into changed_{schema}
select
    c.pos,
    array_agg(c.field order by c.place, c.field),
    array_agg(c.old order by c.place, c.field),
    array_agg(c.new order by c.place, c.field)
from (
    {{staging/changed}}
) as c
group by c.pos
