"""Faults planted one at a time into a copy of the tree → those that no test notices."""
