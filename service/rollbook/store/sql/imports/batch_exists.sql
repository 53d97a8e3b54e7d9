-- Whether a batch is in the ledger: after a COMMIT in doubt this alone decides.
select exists(
    select
    from import_batches
    where directory_id = $1 and import_id = $2 and plan = $3 and number = $4
)
