-- Lets go of everything that the server $1 had when it died.
update import_leases set expires_at = '-infinity' where owner = $1
