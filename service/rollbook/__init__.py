"""Rollbook: users in, answers out. This package imports nothing, so that a client stays light."""
