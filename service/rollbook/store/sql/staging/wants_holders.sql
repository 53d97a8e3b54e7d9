-- Of the parked rows at the positions $1: number and status of who holds the e-mail that each
-- wants, and the username; NULL where nobody else does.
select w.pos, w.email_number, w.email_status, w.username_number, w.username_status
from unnest($1::integer[]) as p (pos)
cross join lateral (
    select *
    from wants_{schema}
    where pos = p.pos
    offset 0
) as w
