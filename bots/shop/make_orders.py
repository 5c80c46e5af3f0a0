"""Makes orders.csv: `python bots/shop/make_orders.py`. The same 200 orders every time.

Days are counted from today, so that the shop never ages. The first ones are fixed: conversations,
tests and texts know them.
"""

from __future__ import annotations

import csv
import random
import unicodedata
from collections.abc import Iterator
from pathlib import Path

ORDERS = 200
FIRST = 1001
COLUMNS = "number item_en item_fr item_es pieces price status days email street postcode town".split()

ITEMS = [  # in English, French and Spanish, and the price of one
    ("winter jacket", "veste d’hiver", "chaqueta de invierno", "129.00"),
    ("pair of boots", "paire de bottes", "par de botas", "99.00"),
    ("woollen scarf", "écharpe en laine", "bufanda de lana", "29.00"),
    ("cotton T-shirt", "t-shirt en coton", "camiseta de algodón", "15.00"),
    ("pair of jeans", "jean droit", "pantalón vaquero", "59.00"),
    ("linen shirt", "chemise en lin", "camisa de lino", "45.00"),
    ("wool jumper", "pull en laine", "jersey de lana", "69.00"),
    ("raincoat", "imperméable", "impermeable", "89.00"),
    ("pair of trainers", "paire de baskets", "par de zapatillas", "79.00"),
    ("leather belt", "ceinture en cuir", "cinturón de cuero", "35.00"),
    ("summer dress", "robe d’été", "vestido de verano", "55.00"),
    ("knitted hat", "bonnet en maille", "gorro de punto", "19.00"),
    ("pair of gloves", "paire de gants", "par de guantes", "25.00"),
    ("backpack", "sac à dos", "mochila", "65.00"),
    ("pair of pyjamas", "pyjama", "pijama", "39.00"),
    ("dressing gown", "peignoir", "albornoz", "49.00"),
    ("pleated skirt", "jupe plissée", "falda plisada", "49.50"),
    ("hooded sweatshirt", "sweat à capuche", "sudadera con capucha", "49.00"),
    ("umbrella", "parapluie", "paraguas", "22.50"),
    ("handbag", "sac à main", "bolso", "85.00"),
    ("silk tie", "cravate en soie", "corbata de seda", "32.00"),
    ("swimsuit", "maillot de bain", "traje de baño", "42.00"),
]
PEOPLE = [
    ("Anna", "Martin"), ("Luc", "Bernard"), ("Chloé", "Petit"), ("Hugo", "Moreau"), ("Léa", "Girard"),
    ("Paul", "Lefèvre"), ("Inès", "Rousseau"), ("Jules", "Fontaine"), ("Emma", "Chevalier"),
    ("Lucía", "García"), ("Mateo", "Fernández"), ("Sofía", "Moreno"), ("Diego", "Romero"),
    ("Carmen", "Ortega"), ("Javier", "Molina"), ("Elena", "Castro"), ("Alice", "Walker"),
    ("Tom", "Hughes"), ("Grace", "Bennett"), ("Sam", "Turner"),
]  # fmt: skip
PLACES = {  # where the streets are called so
    "rue": [
        ("75011", "Paris"), ("69003", "Lyon"), ("13006", "Marseille"), ("31000", "Toulouse"),
        ("33000", "Bordeaux"), ("44000", "Nantes"), ("59000", "Lille"), ("67000", "Strasbourg"),
        ("34000", "Montpellier"), ("35000", "Rennes"), ("06000", "Nice"), ("38000", "Grenoble"),
    ],
    "calle": [
        ("28013", "Madrid"), ("08002", "Barcelona"), ("46001", "Valencia"), ("41001", "Sevilla"),
        ("48001", "Bilbao"), ("50001", "Zaragoza"), ("29005", "Málaga"), ("18009", "Granada"),
    ],
}  # fmt: skip
STREETS = {
    "rue": ["rue des Lilas", "rue Pasteur", "avenue Jean Jaurès", "rue du Moulin", "place de la Gare"],
    "calle": ["Calle Mayor", "Calle del Prado", "Avenida de la Paz", "Calle Nueva", "Plaza de España"],
}
STATUSES = {  # how many of each in a hundred, and how many days from today
    "delivered": (55, (-45, -1)),
    "on_its_way": (18, (1, 4)),
    "processing": (12, (3, 7)),
    "returned": (7, (-30, -3)),
    "out_for_delivery": (4, (0, 0)),
    "cancelled": (4, (-20, -1)),
}
KNOWN = {  # number -> item, pieces, status, days, person, kind of street, place
    1042: (0, 1, "delivered", -2, 0, "rue", 1),
    1043: (1, 1, "on_its_way", 3, 0, "rue", 1),
    1044: (2, 1, "delivered", -12, 9, "calle", 0),
    1045: (7, 1, "out_for_delivery", 0, 1, "rue", 4),
    1046: (6, 1, "processing", 5, 9, "calle", 0),
    1047: (10, 1, "cancelled", -4, 16, "rue", 0),
    1048: (9, 1, "returned", -6, 2, "rue", 5),
    1049: (5, 1, "delivered", -40, 17, "rue", 2),
    1050: (3, 3, "delivered", -3, 10, "calle", 1),
}


def rows() -> Iterator[dict[str, object]]:
    """Every order, by number."""
    chance = random.Random(1001)
    for number in range(FIRST, FIRST + ORDERS):
        drawn = _drawn(chance)  # drawn for the known ones too: they leave the others as they are
        yield _row(chance, number, *KNOWN.get(number, drawn))


def _drawn(chance: random.Random) -> tuple[int, int, str, int, int, str, int]:
    status = chance.choices(list(STATUSES), [share for share, _ in STATUSES.values()])[0]
    kind = chance.choice(list(PLACES))
    return (
        chance.randrange(len(ITEMS)),
        chance.choice((1, 1, 1, 1, 2, 3)),
        status,
        chance.randint(*STATUSES[status][1]),
        chance.randrange(len(PEOPLE)),
        kind,
        chance.randrange(len(PLACES[kind])),
    )


def _row(
    chance: random.Random,
    number: int,
    item: int,
    pieces: int,
    status: str,
    days: int,
    who: int,
    kind: str,
    at: int,
) -> dict[str, object]:
    *names, price = ITEMS[item]
    postcode, town = PLACES[kind][at]
    street, house = chance.choice(STREETS[kind]), chance.randint(1, 90)
    where = f"{house} {street}" if kind == "rue" else f"{street} {house}"
    values = (number, *names, pieces, price, status, days, _email(*PEOPLE[who]), where, postcode, town)
    return dict(zip(COLUMNS, values, strict=True))


def _email(first: str, last: str) -> str:
    plain = unicodedata.normalize("NFD", f"{first}.{last}@example.com".lower())
    return "".join(one for one in plain if not unicodedata.combining(one))


def write(path: Path) -> None:
    """Write the file."""
    with path.open("w", encoding="utf-8", newline="") as file:
        written = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        written.writeheader()
        written.writerows(rows())


if __name__ == "__main__":
    write(Path(__file__).with_name("orders.csv"))
