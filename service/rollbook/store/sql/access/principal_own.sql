-- Whether principal $2 may make tokens of principal $1: it is new, or $2 has made it, perhaps through
-- others.
with recursive up (principal) as (
    select $1::text
    union
    select m.maker
    from up as u
    join principal_makers as m on m.principal = u.principal
)

select
    exists (select from up as u where u.principal = $2)
    or not (
        exists (select from access_tokens as t where t.principal = $1 or t.created_by = $1)
        or exists (select from principal_makers as m where m.principal = $1 or m.maker = $1)
    ) as own
