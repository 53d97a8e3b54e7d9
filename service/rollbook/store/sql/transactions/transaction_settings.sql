-- Settings of a transaction that writes a batch. Set in each one, never as startup parameters, which
-- a pooler refuses. A custom plan each time, because one made while the table was empty would scan
-- the whole directory ever after; nested loops alone, and nothing gathered for them,
-- because each look-up is by key and a table without statistics seems small enough to gather;
-- no parallel workers, which a planner without statistics starts for a single page;
-- and a server that died holding the directory's lock lets go of it.
select
    set_config('plan_cache_mode', 'force_custom_plan', true),
    set_config('jit', 'off', true),
    set_config('enable_hashjoin', 'off', true),
    set_config('enable_mergejoin', 'off', true),
    set_config('enable_material', 'off', true),
    set_config('enable_bitmapscan', 'off', true),
    set_config('max_parallel_workers_per_gather', '0', true),
    set_config('idle_in_transaction_session_timeout', $1, true)
