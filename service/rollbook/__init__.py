"""Rollbook, a gRPC service that imports users from CSV into PostgreSQL."""
