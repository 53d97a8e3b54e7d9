-- How many imports a principal has started within the hour, in whatever directory.
select count(*)
from import_leases
where principal = $1 and created_at > now() - interval '1 hour'
