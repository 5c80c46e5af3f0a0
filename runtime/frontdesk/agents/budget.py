"""What one turn and one session may cost, and what was spent."""

from __future__ import annotations

from dataclasses import dataclass

from frontdesk.authoring.agentfile import AgentFile, Prices
from frontdesk.memory import AgentMemory


@dataclass(slots=True)
class Budget:
    """What is left of one turn. Its seconds are the models' own, as the journal has them."""

    settings: AgentFile
    calls: int = 0
    tokens: int = 0
    seconds: float = 0.0

    @property
    def seconds_left(self) -> float:
        return max(self.settings.limits.seconds - self.seconds, 0.0)

    @property
    def is_last(self) -> bool:
        """Whether only one more call may be made: then the model must answer in words."""
        return self.calls == self.settings.limits.calls - 1

    def spend(self, tokens: int, seconds: float) -> None:
        self.calls += 1
        self.tokens += tokens
        self.seconds += seconds

    def wait(self, seconds: float) -> None:
        """Time went by for something that is no answer."""
        self.seconds += seconds

    def over(self, memory: AgentMemory) -> str:
        """Which limit is reached; empty: none."""
        limits, of_session = self.settings.limits, self.settings.session_limits
        if self.calls >= limits.calls:
            return f"it would have asked the model more than {limits.calls} times for one answer"
        if self.tokens >= limits.tokens:
            return f"one answer took more than {limits.tokens} tokens"
        if not self.seconds_left:
            return f"one answer took more than {limits.seconds:g} seconds"
        if memory.calls >= of_session.calls:
            return f"this session has asked the model {of_session.calls} times"
        if memory.tokens >= of_session.tokens:
            return f"this session has taken {of_session.tokens} tokens"
        return ""


def cost_of(tokens_in: int, tokens_out: int, prices: Prices | None) -> float:
    """What an answer cost; 0 where no prices are known."""
    if prices is None:
        return 0.0
    return round((tokens_in * prices.input + tokens_out * prices.output) / 1_000_000, 6)
