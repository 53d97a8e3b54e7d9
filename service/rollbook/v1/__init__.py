"""The contract as Python, generated from `proto/` by `make proto`."""
