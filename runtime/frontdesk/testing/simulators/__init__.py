"""Providers on loopback: their APIs and webhooks, so that a desk is tried and tested without an account."""
