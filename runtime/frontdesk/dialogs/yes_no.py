"""Yes and no with more words behind them: "ok do it", "oui c'est bon", "no thanks, leave it"."""

from __future__ import annotations

from frontdesk.components.typed import fold
from frontdesk.messages import Inbound
from frontdesk.sessions import Question

YES_NO = frozenset({"yes", "no"})
MOST, LONGEST = 8, 80  # words and characters of such a reply
_UNDERLINE = frozenset(
    "yes ok okay do it that this is s right correct fine good great perfect sure please thanks thank you go "
    "ahead sounds works for me book change confirm all then very well not now leave as "
    "oui d accord c est bon bien ca va parfait allez y vas faites le la merci s il vous te plait sur exact "
    "pas maintenant laissez tres ok super confirme je pour moi me convient "
    "si vale esta bien hagalo haga adelante claro perfecto de acuerdo por favor gracias correcto es muy "
    "ahora dejelo confirmo eso lo reservelo me parece a mi".split()
)
"""Words that only underline a yes or a no; with any other word a reply is read as a whole."""


def said_first(question: Question | None, inbound: Inbound) -> str | None:
    """The words a reply begins with, where the rest of it only underlines them and yes or no is asked."""
    if question is None or inbound.reply is not None or len(inbound.text) > LONGEST:
        return None
    shown, words = question.shown, fold(inbound.text).split()
    options = {str(option["id"]) for option in shown.get("options", ())} - set(shown.get("extra", ()))
    if options != YES_NO or not 1 < len(words) <= MOST or not _UNDERLINE.issuperset(words[1:]):
        return None
    return " ".join(words[:2]) if words[:2] == ["d", "accord"] else words[0]
