"""Retention: how long each kind of data is kept, and the sweeper that deletes the rest."""

from rollbook.retention.sweeper import keep_sweeping, sweep

__all__ = ["keep_sweeping", "sweep"]
