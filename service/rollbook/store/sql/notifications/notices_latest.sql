-- The id of the last notice of directory $1; 0: it has none.
select coalesce(
    (select n.id from notices as n where n.directory_id = $1 order by n.id desc limit 1), 0
)
