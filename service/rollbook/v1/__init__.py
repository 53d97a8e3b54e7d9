"""The contract as Python: all beside this file is generated from `proto/` by `make proto`."""
