"""Ids that look random and depend on the seed alone; knows nothing of what they name."""

import hashlib
import string
from collections.abc import Callable
from uuid import UUID

from smarterpay.sandbox.settings import (
    EVENT_ID_BODY_LENGTH,
    EVENT_PREFIX,
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
        """A record id: `prefix` and 16 characters A-Z 0-9, 17 for events (section 5)."""
        length = EVENT_ID_BODY_LENGTH if prefix == EVENT_PREFIX else ID_BODY_LENGTH
        return prefix + self.text(prefix, length)

    def text(self, stream: str, length: int) -> str:
        """The next text of a stream: so many characters A-Z 0-9, at most 48."""
        number = self._draw(stream)
        body = []
        for _ in range(length):
            number, digit = divmod(number, len(_ALPHABET))
            body.append(_ALPHABET[digit])
        return "".join(body)

    def secret(self, stream: str) -> bytes:
        """The next 32 bytes of a stream, for a token or a key."""
        return self._draw(stream).to_bytes(32, "big")

    def mandate_reference(self, is_free: Callable[[str], bool]) -> str:
        """A generated mandate reference, `MA` and 8 digits (section 7.5), that `is_free`."""
        while True:
            digits = self._draw("auddis") % 10**GENERATED_REFERENCE_DIGITS
            reference = f"{GENERATED_REFERENCE_PREFIX}{digits:0{GENERATED_REFERENCE_DIGITS}d}"
            if is_free(reference):
                return reference

    def uuid(self, stream: str) -> str:
        """The next UUID of a stream, in the usual text form."""
        return str(UUID(int=self._draw(stream) >> 128, version=4))

    def number(self, stream: str) -> int:
        """The next whole number of a stream, from 1 on."""
        self._draw(stream)
        return self.drawn[stream]

    def _draw(self, stream: str) -> int:
        count = self.drawn.get(stream, 0) + 1
        self.drawn[stream] = count
        return _hashed(f"{self.seed}:{stream}:{count}")


def chance(seed: int, number: int) -> float:
    """A number in 0..1 that depends on `seed` and `number` alone; for random faults."""
    return _hashed(f"{seed}:chance:{number}") / float(1 << 256)


def _hashed(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest(), "big")
