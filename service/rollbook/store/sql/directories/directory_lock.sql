-- Takes the directory's turn until the transaction ends, so that batches of concurrent imports
-- follow one another and nothing deadlocks. The first number keeps the lock apart from others'.
select pg_advisory_xact_lock(1380930635, $1::integer)
