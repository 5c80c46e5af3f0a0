"""Channels without an account, and signatures made by others."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from frontdesk.channels.base import CHANNEL_KINDS, Channel

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "channels"


def make(kind: str, **fields: Any) -> Channel:
    """A channel with sample values for whatever is not given."""
    cls = CHANNEL_KINDS[kind]
    return cls(kind, cls.Config.model_validate({"kind": kind, **cls.SAMPLE, **fields}))


def vectors() -> list[dict[str, Any]]:
    """Signatures with their keys, made by the providers' own libraries; every secret is made up."""
    found: list[dict[str, Any]] = json.loads((GOLDEN / "signatures.json").read_text(encoding="utf-8"))
    return found
