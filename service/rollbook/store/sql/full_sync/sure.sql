-- Takes the users in doubt from the missing ones, and answers how many there were.
with kept as (
    delete from missing_{schema} as m
    where exists (select from doubts_{schema} as d where d.user_id = m.id)
    returning m.id
)

select count(*) from kept
