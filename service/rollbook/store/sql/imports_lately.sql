-- How many imports a principal has started within the hour.
select count(*) from imports where principal = $1 and created_at > now() - interval '1 hour'
