-- The numbers of all directories.
select d.id from directories as d order by d.id
