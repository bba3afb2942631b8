"""Reads what a flat answer of the card host says of itself (section 8); judges nothing."""

import re
from typing import NamedTuple

from smarterpay.api.json_document import parse_json


class CardWords(NamedTuple):
    """The status word in lower case and the code; `None` where the answer has none."""

    status: str | None
    code: int | str | None


def card_words(body: bytes) -> CardWords:
    """Status and code of a card answer; total over every body.

    A key in two cases gives the first that is not absent, as records read it (section 5).
    """
    document = parse_json(body)
    found: dict[str, object] = {}
    if isinstance(document, dict):
        for key, value in document.items():
            if value not in (None, ""):
                found.setdefault(key.lower(), value)
    status = found.get("status")
    word = " ".join(status.split()).lower() if isinstance(status, str) else None
    return CardWords(word, read_code(found.get("status_code")))


def read_code(value: object) -> int | str | None:
    """A code as the number it is, else as a text: codes are open-ended (section 8).

    Leading zeros keep it a text. What is neither number nor text is no code.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if not isinstance(value, str):
        return None
    code = value.strip()
    return int(code) if re.fullmatch(r"[1-9][0-9]{0,5}", code) else code or None
