-- Adds $2 to a directory's active users. Every writer of users does, during the directory's turn.
update directories set active_users = active_users + $2 where id = $1
