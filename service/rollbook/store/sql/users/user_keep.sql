-- Keeps what the user $2 of directory $1 is before the principal $3 changes it by hand.
insert into user_history (directory_id, user_id, version, import_id, principal, before)
select u.directory_id, u.id, u.version, null, $3,
    {{users/before}}
from users as u
where u.directory_id = $1 and u.id = $2
