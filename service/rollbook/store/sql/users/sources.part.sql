-- The sources of the user u, in the order in which they came; see migration 0012.
coalesce(
    u.sources, case when u.source in ('', 'by hand') then '{}'::text[] else array[u.source] end
)
