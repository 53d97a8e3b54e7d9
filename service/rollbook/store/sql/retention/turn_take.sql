-- Takes the turn to sweep for the server $1 for $2 seconds, if it is free.
update sweep_turn
set owner = $1, until = clock_timestamp() + make_interval(secs => $2)
where until <= clock_timestamp()
returning true
