-- Sets the password of the user $2 of directory $1, if the account is as it was read; answers the new
-- version. No row: password, mailbox or status have changed, or the user is not active.
-- $3 version of the password, 0: there was none · $4 version of the account
-- $5 hash · $6 whether another is to be chosen at the next login
-- $7 whether it is set whatever has become of the account
-- The user is held until COMMIT, so that nobody suspends them or changes their mailbox meanwhile.
with account as (
    select u.id, u.must_change_asked
    from users as u
    where
        u.directory_id = $1 and u.id = $2
        and ($7 or (u.status = 'active' and u.account_version = $4))
        and (
            $7 or $3 = 0
            or exists (select from credentials as o where o.directory_id = $1 and o.user_id = $2)
        )
    for share
)

insert into credentials as c (
    directory_id, user_id, hash, must_change, must_change_answered
)
select $1, a.id, $5, $6, case when $6 then -1 else a.must_change_asked end
from account as a
on conflict (directory_id, user_id) do update
set
    hash = excluded.hash, version = c.version + 1, must_change = excluded.must_change,
    must_change_answered = excluded.must_change_answered, changed_at = now()
where $7 or c.version = $3
returning c.version
