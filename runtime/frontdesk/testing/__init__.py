"""Conversation tests and talks in memory, for desks and for frontdesk itself."""
