-- Ends a transaction of statements that are not a batch: as `commit`, and told apart from it on the
-- wire, where a test breaks connections at COMMIT.
end
