"""The board of the console's tests: a shop for walking boots on an ordinary morning."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.pages import desk_turns
from tests.pages.desk_server import ScriptedDesk, Talk, ago, iso

BOT = {"kind": "bot", "name": "hello"}
MIA = {"kind": "rep", "name": "Mia Novak"}
TOM = {"kind": "rep", "name": "Tom Berger"}

REASON = {
    "name": "return_reason",
    "kind": "choices",
    "text": "Why are you sending it back?",
    "options": [
        {"id": "too_small", "label": "Too small"},
        {"id": "too_large", "label": "Too large"},
        {"id": "faulty", "label": "Faulty", "description": "torn, broken, wrong colour"},
        {"id": "other", "label": "Changed my mind"},
    ],
    "multiple": False,
}
PICKUP = {
    "name": "pickup_date",
    "kind": "date_picker",
    "text": "When shall we pick it up?",
    "min": "2026-11-24",
    "max": "2026-12-12",
    "excluded": ["2026-12-06"],
    "suggestions": [
        {"id": "2026-11-25", "label": "Wed 25 Nov"},
        {"id": "2026-11-26", "label": "Thu 26 Nov"},
        {"id": "2026-11-27", "label": "Fri 27 Nov"},
    ],
}
GUESTS = {
    "name": "guests",
    "kind": "number",
    "text": "How many pairs?",
    "min": 1,
    "max": 4,
    "step": 1,
    "unit": "",
    "hint": "Reply with a number from 1 to 4.",
    "suggestions": [],
}
CSAT = {
    "name": "csat",
    "kind": "rating",
    "text": "How did we do?",
    "min": 1,
    "max": 5,
    "style": "stars",
    "low": "Very poor",
    "high": "Very good",
    "options": [
        *(
            {"id": str(point), "label": f"{point} – {means}", "sign": "★"}
            for point, means in enumerate(("Very poor", "Poor", "Fair", "Good", "Very good"), 1)
        ),
        {"id": "skip", "label": "Skip this"},
    ],
    "extra": ["skip"],
}
SIZES = {
    "name": "size_guide",
    "kind": "link",
    "text": "Our size guide",
    "title": "Which size fits me?",
    "url": "https://shop.example/sizes/walking-boots",
    "description": "Measure your foot, read the size: three minutes.",
    "image": None,
}


def components() -> list[dict[str, Any]]:
    return [
        {"offered": _offered(REASON, "hello"), "shown": REASON},
        {"offered": _offered(PICKUP, "hello"), "shown": PICKUP},
        {"offered": _offered(SIZES, None), "shown": SIZES},
    ]


def _offered(shown: dict[str, Any], bot: str | None) -> dict[str, Any]:
    return {"name": shown["name"], "kind": shown["kind"], "bot": bot, "title": shown["text"]}


def desk(extra: int = 0) -> ScriptedDesk:
    """The morning's sessions; `extra` more of Tom's make a long list."""
    return ScriptedDesk([lea(), hana(), omar(), ada(), kai(), nia(), *others(), *many(extra)], components())


def lea() -> Talk:
    """Mia's: boots too small, handed over by the bot, a pickup day chosen since."""
    began = ago(1500)
    talk = Talk(
        id="s-lea",
        name="Lea Mori",
        user="whatsapp_de:+49 170 5554417",
        channel="whatsapp_de",
        channel_kind="whatsapp",
        queue="returns",
        owner="rep:mia",
        language="de",
        time_zone="Europe/Berlin",
        because="wants another pickup day",
    )
    at = _clock(began)
    talk.log(
        "outbound",
        at(0),
        message="m1",
        author=BOT,
        component=None,
        text="Hello! I can take back an order, change a delivery, or find your size. What brings you here?",
    )
    talk.log("inbound", at(6), text="I want to return my boots", reply=None)
    talk.log("understood", at(6), rule="exact", intent="return_order", score=0.94)
    talk.log("outbound", at(7), message="m2", author=BOT, component=None, text="What is your order number?")
    talk.log("inbound", at(18), text="4417", reply=None)
    talk.log("slot", at(18), name="order_number", value="4417", **{"from": "typed"}, private=False)
    talk.log("action", at(19), name="find_order", ok=True, error="")
    talk.log("outbound", at(20), message="m3", author=BOT, text=REASON["text"], component=REASON)
    talk.log("inbound", at(29), text="", reply={"to": "m3", "choose": "too_small", "label": "Too small"})
    talk.log("answered", at(29), message="m3", label="Too small", choose="too_small", value="too_small")
    talk.log("slot", at(29), name="reason", value="too_small", label="Too small", **{"from": "chosen"})
    talk.log("slot", at(30), name="email", value="••••", **{"from": "user"}, private=True)
    talk.log("outbound", at(31), message="m4", author=BOT, text=PICKUP["text"], component=PICKUP)
    talk.log(
        "inbound",
        at(48),
        reply=None,
        text="The boots from order 4417 are too small. I would like to send them back, but the dates "
        "the bot offers do not work for me.",
    )
    talk.log("understood", at(48), rule="none", intent=None, score=0.31)
    talk.log("action", at(48), name="book_pickup", ok=False, error="No free date")
    talk.log("owner", at(49), owner={"kind": "queue", "name": "returns"}, because="wants another pickup day")
    talk.log("owner", at(95), owner=MIA)
    talk.log(
        "outbound",
        at(130),
        message="m5",
        author=MIA,
        component=None,
        text="Hi Lea, sorry about that. I can book a pickup outside the usual days. "
        "Does one of these suit you?",
    )
    talk.log(
        "outbound",
        at(138),
        message="m6",
        author=MIA,
        text="Pickup slot",
        component={
            "name": "pickup_slot",
            "kind": "choices",
            "text": "Pickup slot",
            "options": [
                {"id": "wed", "label": "Wed 25 Nov", "description": "14–17"},
                {"id": "thu", "label": "Thu 26 Nov", "description": "8–11"},
                {"id": "fri", "label": "Fri 27 Nov", "description": "17–20"},
            ],
        },
    )
    talk.log("inbound", at(900), text="", reply={"to": "m6", "choose": "thu", "label": "Thu 26 Nov"})
    talk.log("answered", at(900), message="m6", label="Thu 26 Nov", choose="thu", value="thu")
    talk.log(
        "inbound",
        at(1470),
        reply=None,
        text="Perfect, Thursday morning works for me. Do I need to print anything?",
    )
    talk.slots = _lea_slots()
    talk.package = {
        "digest": "Wants: Return an order (Order 4417, Reason Too small). The bot asked 3 questions in 48 s; "
        "“Book pickup” failed: No free date.",
        "because": "wants another pickup day",
        "queue": "returns",
        "from": "bot:hello",
        "intent": {"name": "return_order", "score": 0.94, "label": "Return an order"},
        "slots": _lea_slots(),
        "actions": [
            {"name": "find_order", "ok": True, "error": ""},
            {"name": "book_pickup", "ok": False, "error": "No free date"},
        ],
        "question": "When shall we pick it up?",
        "language": "de",
        "asked": 3,
        "seconds": 48,
        "at": iso(at(49)),
    }
    return talk


def _lea_slots() -> list[dict[str, Any]]:
    return [
        {"name": "order_number", "label": "Order", "value": "4417", "from": "typed", "private": False},
        {"name": "reason", "label": "Reason", "value": "Too small", "from": "chosen", "private": False},
        {"name": "email", "label": "E-mail", "value": "••••", "from": "user", "private": True},
    ]


def hana() -> Talk:
    talk = _short("s-hana", "Hana Ito", "site:hana-ito", "site", "general", "rep:mia", 260)
    at = _clock(ago(420))
    talk.log("owner", at(0), owner={"kind": "queue", "name": "general"}, because="asked for a person")
    talk.log("owner", at(20), owner=MIA)
    talk.log("inbound", at(150), text="Can I change the delivery date?", reply=None)
    talk.unread = 1
    talk.log("outbound", at(200), message="h8", author=MIA, text=GUESTS["text"], component=GUESTS)
    talk.log("inbound", at(220), text="two", reply=None)
    talk.log("answered", at(220), message="h8", label="2", choose=None, value=2)
    talk.log("outbound", at(230), message="h9", author=MIA, text=CSAT["text"], component=CSAT)
    talk.log("inbound", at(240), text="", reply={"to": "h9", "value": "4", "label": "4 – Good"})
    talk.log("answered", at(240), message="h9", label="4 – Good", choose=None, value=4)
    return talk


def omar() -> Talk:
    talk = _short("s-omar", "عمر حداد", "telegram:88412", "telegram", "billing", "rep:mia", 800)
    at = _clock(ago(720))
    talk.language = "ar"
    talk.log("owner", at(0), owner={"kind": "queue", "name": "billing"}, because="asked for a person")
    talk.log("owner", at(12), owner=MIA)
    talk.log("inbound", at(30), text="هل يمكنني الحصول على فاتورة الطلب 4390؟", reply=None)
    talk.log(
        "outbound",
        at(60),
        message="o1",
        author=MIA,
        component=None,
        text="Of course. Order 4390 was €129.00; the invoice is on its way to you.",
    )
    return talk


def ada() -> Talk:
    """Waits in billing for two minutes: charged twice."""
    began = ago(200)
    at = _clock(began)
    talk = Talk(
        id="s-ada",
        name="Ada Brand",
        user="site:ada-b",
        channel="site",
        channel_kind="web",
        queue="billing",
        owner="queue:billing",
        time_zone="America/New_York",
        because="asked for a person",
        since=iso(at(70)),
    )
    talk.log("inbound", at(0), text="Why did you take €89.90 twice?", reply=None)
    talk.log("understood", at(0), rule="intent", intent="charged_twice", score=0.88)
    talk.log(
        "outbound",
        at(1),
        message="a1",
        author=BOT,
        component=None,
        text="Let me look into that. Which order is it?",
    )
    talk.log("inbound", at(22), text="4471", reply=None)
    talk.log("slot", at(22), name="order_number", value="4471", **{"from": "typed"})
    talk.log("action", at(23), name="find_order", ok=True, error="")
    talk.log(
        "outbound",
        at(24),
        message="a2",
        author=BOT,
        component=None,
        text="Order 4471, 18 November: I see one payment of €89.90. Does your statement show two?",
    )
    talk.log(
        "inbound",
        at(68),
        text="Yes, two. I was charged twice for order 4471, let me talk to a person",
        reply=None,
    )
    talk.log("owner", at(70), owner={"kind": "queue", "name": "billing"}, because="asked for a person")
    talk.log(
        "outbound",
        at(70),
        message="a3",
        author={"kind": "desk", "name": ""},
        component=None,
        text="A person will be with you soon. You are number 1.",
    )
    talk.log("inbound", at(120), text="I was charged twice for order 4471", reply=None)
    talk.unread = 1
    slots = [{"name": "order_number", "label": "Order", "value": "4471", "from": "typed", "private": False}]
    talk.slots = [dict(slot) for slot in slots]
    talk.package = {
        "because": "asked for a person",
        "queue": "billing",
        "from": "bot:hello",
        "intent": {"name": "charged_twice", "score": 0.88, "label": "Charged twice"},
        "slots": slots,
        "actions": [{"name": "find_order", "ok": True, "error": ""}],
        "question": "Does your statement show two?",
        "language": "en",
        "asked": 2,
        "seconds": 68,
        "at": iso(at(70)),
    }
    talk.turns = desk_turns.turns()
    return talk


def kai() -> Talk:
    talk = _short("s-kai", "Kai Novak", "messenger:77120", "messenger", "general", "queue:general", 38)
    talk.because, talk.since = "not understood twice", iso(ago(38))
    talk.log("inbound", ago(38), text="The app says error 503 when I log in", reply=None)
    return talk


def nia() -> Talk:
    talk = _short("s-nia", "Nia Okoye", "sms:+44 7700 900123", "sms", "returns", "queue:returns", 400)
    talk.because, talk.since = "not delivered yet", iso(ago(395))
    talk.log("inbound", ago(395), text="Is there a discount for students?", reply=None)
    return talk


def others() -> list[Talk]:
    return [
        _short("s-eli", "Eli Frank", "site:eli", "site", "returns", "rep:tom", 1900, "Thanks, that worked!"),
        _short(
            "s-sol",
            "Sol Garcia",
            "whatsapp_fr:+33 6 12",
            "whatsapp_fr",
            "billing",
            "rep:tom",
            2700,
            "Please send me the invoice for €54.00 again",
        ),
        _short(
            "s-pia",
            "Pia Jansen",
            "site:pia",
            "site",
            "returns",
            "rep:tom",
            4100,
            "The zip is broken on the second one too, what now?",
        ),
        _short(
            "s-rui", "Rui Lima", "line:rui", "line", "general", "rep:tom", 9000, "Do you ship to Iceland?"
        ),
    ]


def many(count: int) -> list[Talk]:
    return [
        _short(
            f"s-n{n}",
            f"Guest {n:03}",
            f"site:guest{n}",
            "site",
            "general",
            "rep:tom",
            10_000 + n * 60,
            f"Where is parcel {5000 + n}?",
        )
        for n in range(count)
    ]


def long_talk(count: int) -> Talk:
    """A session with as many events as hardly ever come together."""
    talk = _short("s-long", "Uma Berg", "site:uma", "site", "general", "rep:mia", 90_000)
    at = _clock(ago(80_000))
    talk.log("owner", at(0), owner=MIA)
    for n in range(count // 2):
        talk.log("inbound", at(n * 70), text=f"Line {n} of a long story about order {4000 + n}", reply=None)
        talk.log("outbound", at(n * 70 + 30), message=f"u{n}", author=MIA, text=f"Noted: {n}", component=None)
    return talk


def newcomer() -> Talk:
    talk = _short(
        "s-jun", "Jun Endo", "site:jun", "site", "returns", "queue:returns", 1, "Hello? Anyone there?"
    )
    talk.because, talk.since = "asked for a person", iso(ago(1))
    return talk


KINDS = {"site": "web", "whatsapp_fr": "whatsapp"}


def _short(
    id: str, name: str, user: str, channel: str, queue: str, owner: str, seconds: float, text: str = ""
) -> Talk:
    talk = Talk(
        id=id,
        name=name,
        user=user,
        channel=channel,
        channel_kind=KINDS.get(channel, channel),
        queue=queue,
        owner=owner,
    )
    talk.log(
        "outbound", ago(seconds + 30), message=f"{id}.0", author=BOT, component=None, text="How can I help?"
    )
    if text:
        talk.log("inbound", ago(seconds), text=text, reply=None)
        talk.log(
            "owner", ago(seconds - 1), owner=TOM if owner == "rep:tom" else {"kind": "queue", "name": queue}
        )
    return talk


def _clock(began: Any) -> Any:
    return lambda seconds: began + timedelta(seconds=seconds)
