"""What is counted while the desk runs; `/metrics` shows it."""

from __future__ import annotations

from functools import lru_cache

from prometheus_client import Counter, Gauge, Histogram

TURNS = Counter("frontdesk_turns_total", "Turns committed.", ["channel"])
SENT = Counter("frontdesk_sent_total", "Messages a provider has taken.", ["channel"])
IN_DOUBT = Counter(
    "frontdesk_in_doubt_total",
    "Calls nobody knew the end of, by the channel's policy and what it made of them: sent, again, unknown.",
    ["channel", "policy", "became"],
)
DUPLICATES = Counter("frontdesk_duplicates_total", "Deliveries that had come before.", ["channel"])
REFUSED = Counter("frontdesk_refused_total", "Messages sent away because too many waited.", ["channel"])
PROBLEMS = Counter("frontdesk_problems_total", "Payloads that could not be processed.", ["channel"])
STORE_UP = Gauge("frontdesk_store_up", "Whether the store can be written now, as far as is known.")
BUS_UP = Gauge("frontdesk_bus_up", "Whether hints go to the desk's other processes.")
HINTS_DROPPED = Counter("frontdesk_hints_dropped_total", "Hints other processes were not given.")
SOCKETS = Gauge("frontdesk_sockets", "Open sockets.", ["kind"])
TURN_SECONDS = Histogram(
    "frontdesk_turn_seconds",
    "From receipt to commit.",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)


@lru_cache(maxsize=256)
def of_channel(counter: Counter, channel: str) -> Counter:
    """A counter's child for one channel, looked up once: a turn counts more than one thing."""
    return counter.labels(channel=channel)
