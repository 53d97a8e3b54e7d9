-- One server migrates at a time, until its transaction ends.
select pg_advisory_xact_lock(1380930635, 0)
