-- Beside those of every transaction: a custom plan each time, because one made while the table was
-- empty would scan the whole directory ever after. It costs some 0.2 ms a statement, which the short
-- transactions around a batch are spared.
select set_config('plan_cache_mode', 'force_custom_plan', true)
