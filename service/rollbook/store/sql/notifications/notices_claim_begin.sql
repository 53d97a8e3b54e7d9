-- Begins a claim of notices: until the transaction ends, row-level security shows those of all
-- directories, and the planner uses their index, whatever the statistics are.
select
    set_config('rollbook.notification_worker', 'on', true),
    set_config('enable_seqscan', 'off', true),
    set_config('enable_bitmapscan', 'off', true)
