"""Bots of kind agent: a language model decides, tools, components and dialogs do."""
