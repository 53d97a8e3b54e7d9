"""Needs what is not there."""

raise ModuleNotFoundError("No module named 'directory_client'")
