-- Writes a notice of a link for the user $2 of directory $1, unless $3 were written within the hour,
-- in the lane $4. Answers the user, or no row.
insert into notices (directory_id, user_id, event, mail, lane, password_version)
select
    $1, $2, 'reset_requested', 'reset', $4,
    coalesce((select c.version from credentials as c where c.directory_id = $1 and c.user_id = $2), 0)
where (
    select count(*)
    from notices as n
    where
        n.directory_id = $1 and n.user_id = $2 and n.mail = 'reset'
        and n.created_at > now() - interval '1 hour'
) < $3
returning user_id
