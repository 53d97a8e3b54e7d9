-- The same on their usernames.
create index if not exists missing_{schema}_username on missing_{schema} (username_key)
