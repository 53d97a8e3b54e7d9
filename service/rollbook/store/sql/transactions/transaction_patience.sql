-- Ends the transaction, and lets go of what it holds, where nothing is said in it for $1 milliseconds.
select set_config('idle_in_transaction_session_timeout', $1, true)
