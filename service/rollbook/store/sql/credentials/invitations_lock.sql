-- Makes invitations of directory $1, and notices sent again, wait for one another until COMMIT, so that
-- nobody is mailed twice.
select pg_advisory_xact_lock(hashtextextended('rollbook invitations', $1))
