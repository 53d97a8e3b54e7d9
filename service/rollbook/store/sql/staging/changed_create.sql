-- The temporary table of what parked rows change, read again when they have been written.
create temporary table if not exists changed_{schema} (
    pos integer primary key,
    fields text[] not null,
    olds text[] not null,
    news text[] not null
) on commit delete rows
