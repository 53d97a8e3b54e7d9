-- Makes invitations of directory $1 wait for one another until COMMIT, so that nobody is invited twice.
select pg_advisory_xact_lock(hashtextextended('rollbook invitations', $1))
