-- Sets the password of the user $2 of directory $1, if the account is as it was read; answers the new
-- version. No row: password, mailbox or status have changed, or the user is not active.
-- $3 version of the password, 0: there was none · $4 version of the account
-- $5 hash · $6 whether another is to be chosen at the next login
-- $7 whether it is set whatever has become of the account
-- $8 the lane in which the user is notified that it was changed; NULL: nobody is
-- $9 the notice whose mail has the password, which was generated; NULL: it was chosen
-- A password that the user chose, neither $6 nor $7, shows that the user got in.
-- The user is held until COMMIT, so that nobody suspends them or changes their mailbox meanwhile.
-- Notified is also the mailbox that was the user's when the old password was set, if it was another one: the
-- case of ASCII letters in the domain makes none, as in `users_count_changes`.
with account as (
    select u.id, u.email, u.must_change_asked, u.account_version
    from users as u
    where
        u.directory_id = $1 and u.id = $2
        and ($7 or (u.status = 'active' and u.account_version = $4))
        and (
            $7 or $3 = 0
            or exists (select from credentials as o where o.directory_id = $1 and o.user_id = $2)
        )
    for share
),

before as (
    select b.email
    from credentials as b
    where b.directory_id = $1 and b.user_id = $2 and b.email <> ''
),

stored as (
    insert into credentials as c (
        directory_id, user_id, hash, must_change, must_change_answered, email, first_login_at,
        generated_by, generated_for
    )
    select
        $1, a.id, $5, $6, case when $6 then -1 else a.must_change_asked end, a.email,
        case when not $6 and not $7 then now() end,
        $9::bigint, case when $9::bigint is not null then a.account_version end
    from account as a
    on conflict (directory_id, user_id) do update
    set
        hash = excluded.hash, version = c.version + 1, must_change = excluded.must_change,
        must_change_answered = excluded.must_change_answered, email = excluded.email,
        changed_at = now(), first_login_at = coalesce(c.first_login_at, excluded.first_login_at),
        generated_by = excluded.generated_by, generated_for = excluded.generated_for
    where $7 or c.version = $3
    returning c.version
),

notified as (
    insert into notices (directory_id, user_id, event, mail, lane, address)
    select $1, a.id, 'password_changed', 'password_changed', $8, t.address
    from stored
    cross join account as a
    cross join lateral (
        select '' as address
        union all
        select b.email
        from before as b
        where
            split_part(b.email, '@', 1) <> split_part(a.email, '@', 1)
            or lower(split_part(b.email, '@', 2) collate "C")
            <> lower(split_part(a.email, '@', 2) collate "C")
    ) as t
    where $8::smallint is not null
)

select s.version from stored as s
