"""What customers of a shop might say, put together from parts: the same sentences in every run."""

from __future__ import annotations

import random
from itertools import product

THINGS = {
    "en": ["shoes", "red dress", "order", "parcel", "lamp", "winter coat", "phone", "gift"],
    "fr": ["chaussures", "robe rouge", "commande", "colis", "lampe", "manteau", "téléphone", "cadeau"],
    "es": ["zapatos", "vestido rojo", "pedido", "paquete", "lámpara", "abrigo", "teléfono", "regalo"],
}
WAYS = {
    "return": {
        "en": ["I want to send my {} back", "how do I return a {}", "my {} is too small, take it back"],
        "fr": ["je veux renvoyer ma {}", "comment retourner un {}", "reprenez mon {}, trop petit"],
        "es": ["quiero devolver mi {}", "cómo devuelvo un {}", "mi {} es pequeño, devolución"],
    },
    "track": {
        "en": ["where is my {}", "when will the {} arrive", "has my {} been sent yet?"],
        "fr": ["où est mon {}", "quand arrive le {}", "le {} est-il parti ?"],
        "es": ["dónde está mi {}", "cuándo llega el {}", "¿han enviado mi {}?"],
    },
    "broken": {
        "en": ["the {} came broken", "my {} does not work", "there is a crack in the {}"],
        "fr": ["le {} est cassé", "mon {} ne marche pas", "le {} est arrivé abîmé"],
        "es": ["el {} llegó roto", "mi {} no funciona", "el {} está dañado"],
    },
    "cancel": {
        "en": ["cancel my {}", "I don't want the {} any more", "stop the {} before it ships"],
        "fr": ["annulez mon {}", "je ne veux plus le {}", "annulation du {} s'il vous plaît"],
        "es": ["cancela mi {}", "ya no quiero el {}", "anular el {} por favor"],
    },
    "price": {
        "en": ["how much is the {}", "what does a {} cost", "is there a discount on the {}"],
        "fr": ["combien coûte le {}", "quel est le prix du {}", "une remise sur le {} ?"],
        "es": ["cuánto cuesta el {}", "qué precio tiene el {}", "¿hay descuento en el {}?"],
    },
    "stock": {
        "en": ["do you have the {} in blue", "is the {} available", "which sizes of the {} are left"],
        "fr": ["avez-vous le {} en bleu", "le {} est-il disponible", "quelles tailles reste-t-il pour le {}"],
        "es": ["tienen el {} en azul", "está disponible el {}", "qué tallas quedan del {}"],
    },
}
BEFORE = ["", "hello, ", "please ", "hi! ", "bonjour, ", "hola, ", "ok so "]
AFTER = ["", " please", " thanks", " today", " merci", " gracias", " 1042", " asap!!"]

STRANGE = [
    "what is the weather like in Berlin",
    "sing me a song about mountains",
    "quelle est la capitale du Pérou",
    "cuéntame un chiste de gatos",
    "who won the football match yesterday",
    "translate butterfly into Japanese",
    "my knee hurts when I run",
    "jouons aux échecs",
    "how tall is the Eiffel tower",
    "necesito una receta de paella",
]


def said(count: int, seed: int) -> list[tuple[str, str]]:
    """So many different sentences, each with its intent."""
    every = [
        (before + way.format(thing) + after, intent)
        for intent, by_language in WAYS.items()
        for language, ways in by_language.items()
        for way, thing, before, after in product(ways, THINGS[language], BEFORE, AFTER)
    ]
    return random.Random(seed).sample(every, count)
