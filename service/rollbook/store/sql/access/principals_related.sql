-- Whether principal $1 is not independent of principal $2: one of them made the other, perhaps through
-- others, or both were made by one who is none of the operator's own.
with recursive up (start, principal, by_operator) as (
    select s.name, s.name, false
    from unnest(array[$1, $2]::text[]) as s (name)
    union
    select u.start, m.maker, u.by_operator or m.by_operator
    from up as u
    join principal_makers as m on m.principal = u.principal
)

select
    exists (select from up as u where u.start = $1 and u.principal = $2)
    or exists (select from up as u where u.start = $2 and u.principal = $1)
    or exists (
        select
        from up as a
        join up as b on b.principal = a.principal
        where a.start = $1 and b.start = $2 and not a.by_operator and not b.by_operator
    ) as related
