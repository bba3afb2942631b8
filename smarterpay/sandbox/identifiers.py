"""Ids that look random and depend on the seed alone; knows nothing of what they name."""

import hashlib
import string
from collections.abc import Callable

from smarterpay.sandbox.settings import (
    GENERATED_REFERENCE_DIGITS,
    GENERATED_REFERENCE_PREFIX,
    ID_BODY_LENGTH,
)

_ALPHABET = string.digits + string.ascii_uppercase


class Identifiers:
    """Draws ids from a seed: the n-th id of a prefix is the same in every run (section 12)."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.drawn: dict[str, int] = {}

    def record_id(self, prefix: str) -> str:
        """A record id: `prefix` and 16 characters A-Z 0-9 (reference, section 5, "Prefixes")."""
        number = self._draw(prefix)
        body = []
        for _ in range(ID_BODY_LENGTH):
            number, digit = divmod(number, len(_ALPHABET))
            body.append(_ALPHABET[digit])
        return prefix + "".join(body)

    def mandate_reference(self, is_free: Callable[[str], bool]) -> str:
        """A generated mandate reference, `MA` and 8 digits (section 7.5), that `is_free`."""
        while True:
            digits = self._draw("auddis") % 10**GENERATED_REFERENCE_DIGITS
            reference = f"{GENERATED_REFERENCE_PREFIX}{digits:0{GENERATED_REFERENCE_DIGITS}d}"
            if is_free(reference):
                return reference

    def _draw(self, stream: str) -> int:
        count = self.drawn.get(stream, 0) + 1
        self.drawn[stream] = count
        return _hashed(f"{self.seed}:{stream}:{count}")


def chance(seed: int, number: int) -> float:
    """A number in 0..1 that depends on `seed` and `number` alone; for random faults."""
    return _hashed(f"{seed}:chance:{number}") / float(1 << 256)


def _hashed(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest(), "big")
