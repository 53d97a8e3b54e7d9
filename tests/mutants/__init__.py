"""Plants faults into a copy of the tree, one at a time, and finds those that no test notices."""
