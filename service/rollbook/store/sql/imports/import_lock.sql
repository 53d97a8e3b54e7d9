-- Keeps everybody else from moving an import on until the transaction ends; batches of a plan are
-- still written beside it.
select from imports where directory_id = $1 and id = $2 for no key update
