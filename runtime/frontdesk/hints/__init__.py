"""Hints to the other processes of a desk: over PostgreSQL, or over NATS."""
