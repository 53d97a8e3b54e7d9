-- Begins a claim of notices: until the transaction ends those of all directories are there, and they
-- are found by their index, whatever the statistics say.
select
    set_config('rollbook.courier', 'on', true),
    set_config('enable_seqscan', 'off', true),
    set_config('enable_bitmapscan', 'off', true)
