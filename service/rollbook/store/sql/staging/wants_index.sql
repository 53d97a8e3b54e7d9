-- An index on the users of parked rows: a row finds by it the row of the user who holds what it wants.
create unique index if not exists wants_{schema}_user on wants_{schema} (user_id) where user_id <> 0
