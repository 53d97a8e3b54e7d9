-- Locks directory $1 and its imports for the removal: no import is added or taken over before the
-- transaction ends. Answers how many imports there are.
with directory as (
    select d.id from directories as d where d.id = $1 for update
),

taken as (
    select i.id
    from directory as d
    join imports as i on i.directory_id = d.id
    for update of i
)

select count(*) from taken
