"""Channels. Importing the package registers every kind."""

from frontdesk.channels import rest, sms, terminal, web
from frontdesk.channels.base import CHANNEL_KINDS, Channel

__all__ = ["CHANNEL_KINDS", "Channel", "rest", "sms", "terminal", "web"]
