-- Each field that the staged rows of $5 would change: position, field, old, new.
select c.pos, c.field, c.old, c.new
from (
    {{staging/changed}}
) as c
order by c.pos, c.place, c.field
