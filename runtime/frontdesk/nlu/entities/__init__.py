"""Entities: typed spans of a sentence, one file a kind."""
