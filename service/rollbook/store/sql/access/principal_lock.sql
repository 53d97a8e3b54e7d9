-- Takes the principal's turn until the transaction ends: of two makers of a new one, one is first.
select pg_advisory_xact_lock(hashtextextended('rollbook principal ' || $1::text, 0))
