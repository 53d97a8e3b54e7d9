"""Compares the speed of Rollbook with psql alone, on generated files."""
