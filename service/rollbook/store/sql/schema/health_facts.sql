-- The server's version as a number, and the database's encoding.
select
    current_setting('server_version_num')::integer as version,
    current_setting('server_encoding') as encoding
