-- Settings of every transaction, so that its statements are planned by their keys, whatever the
-- statistics say: a table that an import is filling has none, or those of an hour ago. Set in each
-- one, never as startup parameters, which a pooler refuses. Nested loops alone, and nothing gathered
-- for them, because each look-up is by key and a table without statistics seems small enough to
-- gather; no parallel workers, which are started for a single page.
-- And a client that died in a transaction, and whose machine cannot report it, lets go of what it
-- holds once it was silent in it for $1 milliseconds.
select
    set_config('jit', 'off', true),
    set_config('enable_seqscan', 'off', true),
    set_config('enable_hashjoin', 'off', true),
    set_config('enable_mergejoin', 'off', true),
    set_config('enable_material', 'off', true),
    set_config('enable_bitmapscan', 'off', true),
    set_config('max_parallel_workers_per_gather', '0', true),
    set_config('idle_in_transaction_session_timeout', $1, true)
