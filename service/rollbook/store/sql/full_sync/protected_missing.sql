-- How many protected users the source $2 alone names, and the file does not.
-- $1 directory
select count(*) from users as u
where
    u.directory_id = $1 and u.protected
    and $2 = any({{users/sources}}) and {{full_sync/is_last_source}}
    and not exists (select from named_{schema} as n where n.number_key = u.number_key)
