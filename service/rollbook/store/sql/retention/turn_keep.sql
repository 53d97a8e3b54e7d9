-- Keeps the turn to sweep, where it is still that of the server $1, for $2 seconds from now.
update sweep_turn
set until = clock_timestamp() + make_interval(secs => $2)
where owner = $1 and until > clock_timestamp()
returning true
