-- The first directories by name, six at most, whose passwords may have fewer than $1 characters.
select d.name
from directories as d
where d.password_min_length < $1
order by d.name
limit 6
