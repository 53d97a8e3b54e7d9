-- Ends the transaction, and so releases its locks, if it is idle for $1 milliseconds.
select set_config('idle_in_transaction_session_timeout', $1, true)
