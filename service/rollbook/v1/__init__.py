"""The contract as Python: everything beside this file is generated from `proto/` by `make proto`."""
