-- Lets what is left of a transaction wait for no lock longer than that. It has users whom others may
-- wait for; PostgreSQL itself looks for a deadlock only after a second.
select set_config('lock_timeout', '300ms', true)
