-- The temporary table where rows that were parked wait until all of them are known: as `staged`.
create temporary table if not exists parked_{schema} (like staged_{schema}) on commit delete rows
