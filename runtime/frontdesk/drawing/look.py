"""The look of a drawing: colours by day and by night, type, and an icon for each look of a box."""

from __future__ import annotations

from collections.abc import Mapping

# name: (day, night), as the pages' tokens.css has them
COLOURS: Mapping[str, tuple[str, str]] = {
    "ground": ("#f7f7f9", "#101116"),
    "dots": ("#e1e1e9", "#22242d"),
    "pane": ("#fff", "#1d1f27"),
    "soft": ("#f1f1f5", "#2a2c36"),
    "line": ("#dcdce5", "#363944"),
    "edge": ("#a9abb8", "#5d606f"),
    "ink": ("#17181f", "#eceef4"),
    "ink-2": ("#4b4d5b", "#b1b4c3"),
    "ink-3": ("#666877", "#9093a3"),
    "accent": ("#4a46d6", "#8f8dff"),
    "accent-soft": ("#eeeefe", "#24244a"),
    "ok": ("#146c43", "#66d19a"),
    "ok-soft": ("#e4f5ec", "#12301f"),
    "warn": ("#855400", "#f0b74d"),
    "warn-soft": ("#fdf1d7", "#382a0b"),
    "bad": ("#b3261e", "#ff8f87"),
    "bad-soft": ("#fdeaea", "#3d1719"),
    "bot": ("#0b6474", "#6dcadb"),
    "bot-soft": ("#e6f4f6", "#112d33"),
}

# What has which colour: selector, property, colour.
_PAINT = (
    ("ground", "fill", "ground"),
    ("dots", "fill", "dots"),
    ("desk, .title, .name", "fill", "ink"),
    ("line", "fill", "ink-2"),
    ("note, .word", "fill", "ink-3"),
    ("box", "fill", "pane"),
    ("box", "stroke", "line"),
    ("dot", "fill", "edge"),
    ("edge", "stroke", "edge"),
    ("tip", "fill", "edge"),
    ("leap", "stroke", "accent"),
    ("leap-tip", "fill", "accent"),
    ("label", "fill", "ink-3"),
    ("behind", "fill", "ground"),
)

_PATHS: Mapping[str, tuple[str, str]] = {
    # look: (tint, path in a square of 16)
    "start": ("ok", "M5 3.4v9.2L12.4 8z"),
    "ask": (
        "accent",
        "M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8zM6.2 6.3a1.85 1.85 0 1 1 2.7 1.6"
        "c-.6.3-.9.6-.9 1.2v.2M8 11.5v.01",
    ),
    "say": (
        "soft",
        "M3.5 2.8h9A1.5 1.5 0 0 1 14 4.3v5.2a1.5 1.5 0 0 1-1.5 1.5H7.2L4 13.6V11h-.5A1.5 1.5 0 0 1 2 9.5"
        "V4.3a1.5 1.5 0 0 1 1.5-1.5z",
    ),
    "call": ("warn", "M8.9 1.8 3.2 9h4.4l-.6 5.2L12.8 7H8.4z"),
    "if": ("bot", "M4 2.5v11M4 9.5h4.5A3.5 3.5 0 0 0 12 6V3M9.6 5.4 12 3l2.4 2.4"),
    "set": ("soft", "M3 5.8h10M3 10.2h10"),
    "jump": ("soft", "M6 3 2.8 6.2 6 9.4M3 6.2h6.6a3.3 3.3 0 0 1 0 6.6H7"),
    "handoff": (
        "bad",
        "M6 7.6a2.4 2.4 0 1 0 0-4.8 2.4 2.4 0 0 0 0 4.8zM1.8 13.2c0-2.3 1.8-3.7 4.2-3.7s4.2 1.4 4.2 3.7"
        "M10.7 3a2.3 2.3 0 0 1 0 4.4M11.9 9.8c1.4.5 2.3 1.7 2.3 3.4",
    ),
    "rep": (
        "bad",
        "M8 7.6a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5zM3.4 13.4c0-2.4 2-3.9 4.6-3.9s4.6 1.5 4.6 3.9",
    ),
    "bot": ("bot", "M3.4 6.4h9.2v6.4H3.4zM8 6.4V3.6M8 2.9v.01M6.2 9.2v.8M9.8 9.2v.8"),
    "outcome": ("ok", "M4 14V2.6M4 3.2h7.8L10 5.9l1.8 2.7H4"),
    "end": ("soft", "M4.6 4.6h6.8v6.8H4.6z"),
    "wait": ("accent", "M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8zM8 4.8V8l2.2 1.6"),
    "loop": (
        "bot",
        "M12.9 6.2A5.2 5.2 0 0 0 3.6 5M3.4 2.4V5H6M3.1 9.8A5.2 5.2 0 0 0 12.4 11M12.6 13.6V11H10",
    ),
    "dialog": ("accent", "M3 3h10v10H3zM6 6.5h4M6 9.5h2.5"),
    "other": ("soft", "M8 2.2 13 5v6l-5 2.8L3 11V5zM3.2 5.2 8 8l4.8-2.8M8 8v5.6"),
}

_TYPE = (
    "text{font:450 11px system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif}"
    ".desk{font-size:20px;font-weight:650;letter-spacing:-.02em}"
    ".title{font-size:15px;font-weight:650;letter-spacing:-.01em}"
    ".head{font-size:12px}.name{font-weight:600}"
    "tspan,.line{unicode-bidi:isolate}"
    ".label{text-anchor:middle}"
    ".edge{fill:none;stroke-width:1.5;stroke-linejoin:round}.leap{stroke-dasharray:4 4}"
    ".lost{stroke-dasharray:3 3}"
    ".icon{fill:none;stroke-width:1.4;stroke-linecap:round;stroke-linejoin:round}"
)


def icons() -> Mapping[str, str]:
    """The path of each look's icon."""
    return {look: path for look, (_, path) in _PATHS.items()}


def style() -> str:
    """The style sheet: light, and dark where the reader's system is."""
    return f"{_TYPE}{_paint(0)}@media (prefers-color-scheme:dark){{{_paint(1)}}}"


def _paint(night: int) -> str:
    rules = [f".{which}{{{what}:{COLOURS[colour][night]}}}" for which, what, colour in _PAINT]
    for tint in dict.fromkeys(tint for tint, _ in _PATHS.values()):
        ground, ink = ("soft", "ink-2") if tint == "soft" else (f"{tint}-soft", tint)
        of_tint = [look for look, (each, _) in _PATHS.items() if each == tint]
        rules.append(",".join(f".{look} .tint" for look in of_tint) + f"{{fill:{COLOURS[ground][night]}}}")
        rules.append(",".join(f".{look} .icon" for look in of_tint) + f"{{stroke:{COLOURS[ink][night]}}}")
    return "".join(rules)
