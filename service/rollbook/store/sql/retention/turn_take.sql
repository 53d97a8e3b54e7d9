-- Takes the turn to sweep for the server $1 for $2 seconds, where it is nobody's.
update sweep_turn
set owner = $1, until = clock_timestamp() + make_interval(secs => $2)
where until <= clock_timestamp()
returning true
