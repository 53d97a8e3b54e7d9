-- Who stands in the way of each parked row: numbers of four bytes, one after the other. By position,
-- of the e-mail and then of the username: the position of the row whose user leaves what it wants,
-- or -1 where nobody has that, -2 where somebody keeps it; and the first row that wants it. Last,
-- the positions in the file's order.
select
    string_agg(int4send(c.email_waits), '' order by c.pos) as email_waits,
    string_agg(int4send(c.email_first), '' order by c.pos) as email_first,
    string_agg(int4send(c.username_waits), '' order by c.pos) as username_waits,
    string_agg(int4send(c.username_first), '' order by c.pos) as username_first,
    string_agg(int4send(c.pos), '' order by c.line) as in_file
from (
    select
        w.pos, w.line,
        case w.email_holder when 0 then -1 else coalesce(e.pos, -2) end as email_waits,
        case when w.email_key is null then w.pos else
            first_value(w.pos) over (partition by w.email_key order by w.line)
        end as email_first,
        case w.username_holder when 0 then -1 else coalesce(o.pos, -2) end as username_waits,
        case when w.username_key is null then w.pos else
            first_value(w.pos) over (partition by w.username_key order by w.line)
        end as username_first
    from wants_{schema} as w
    left join lateral (
        select l.pos
        from wants_{schema} as l
        where l.user_id = w.email_holder and l.user_id <> 0 and l.leaves_email
        offset 0
    ) as e on true
    left join lateral (
        select l.pos
        from wants_{schema} as l
        where l.user_id = w.username_holder and l.user_id <> 0 and l.leaves_username
        offset 0
    ) as o on true
) as c
