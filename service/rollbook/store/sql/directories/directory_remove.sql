-- Removes directory $1 with all that it holds but users, of which it has none. What has no foreign
-- key is named here; roles, locations and imports take along what hangs from them.
with history as (
    delete from user_history where directory_id = $1
),

sources_gone as (
    delete from source_owners where directory_id = $1
),

imports_gone as (
    delete from imports where directory_id = $1
),

units_gone as (
    delete from organizational_units where directory_id = $1
),

locations_gone as (
    delete from locations where directory_id = $1
),

roles_gone as (
    delete from roles where directory_id = $1
)

delete from directories where id = $1
