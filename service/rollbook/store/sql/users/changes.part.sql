-- What a change has made of the user `was`, who is u since: {column: [old, new]} of each column that
-- differs, and {"attributes.NAME": [old, new]} of each attribute; null: there was none. The set of
-- sources is whole in both. Keys of numbers, e-mails and usernames follow from these; times, counts and
-- imports are the history's own. The change of version 64 keeps the whole user as it was, too, so that
-- what it was before is found from there.
jsonb_strip_nulls(jsonb_build_object(
    '{column}', case when u.{column} <> was.{column} then jsonb_build_array(was.{column}, u.{column}) end, -- each changing field
    'status', case when u.status <> was.status then jsonb_build_array(was.status, u.status) end,
    'role_locked', case when u.role_locked <> was.role_locked
        then jsonb_build_array(was.role_locked, u.role_locked) end,
    'location_locked', case when u.location_locked <> was.location_locked
        then jsonb_build_array(was.location_locked, u.location_locked) end,
    'protected', case when u.protected <> was.protected
        then jsonb_build_array(was.protected, u.protected) end,
    'sources', case when u.sources is distinct from was.sources then jsonb_build_array(
        (select {{users/sources}} from (select was.sources, was.source) as u), {{users/sources}}
    ) end
))
|| case when u.attributes = was.attributes then '{}'::jsonb else (
    select jsonb_object_agg(
        'attributes.' || a.key, jsonb_build_array(was.attributes -> a.key, u.attributes -> a.key)
    )
    from jsonb_object_keys(was.attributes || u.attributes) as a (key)
    where (was.attributes -> a.key) is distinct from (u.attributes -> a.key)
) end
|| case when was.version = 64 then jsonb_build_object('was', to_jsonb(was)) else '{}'::jsonb end
