-- The server's version as a number, the database's encoding, and whether the login is a superuser.
select
    current_setting('server_version_num')::integer as version,
    current_setting('server_encoding') as encoding,
    coalesce((select r.rolsuper from pg_roles as r where r.rolname = session_user), false)
        as is_superuser
