-- An index on the e-mails of missing users, which each row of the file looks for.
create index if not exists missing_{schema}_email on missing_{schema} (email_key)
