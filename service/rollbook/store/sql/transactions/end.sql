-- Ends a transaction of statements that are not a batch. It is `commit` in another spelling, because
-- a test breaks connections when it sees the COMMIT of a batch.
end
