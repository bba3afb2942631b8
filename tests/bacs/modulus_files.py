"""Writes small made-up weight and substitution tables in the published format; knows no check.

No row, weight or sort code here is from the published tables, which we may not hand on.
"""

from datetime import date
from pathlib import Path

from smarterpay.bacs import ModulusTables, load_tables

PUBLISHED = date(2026, 6, 1)


def weight_line(
    start: str, end: str, algorithm: str, weights: str, exception: int | None = None
) -> str:
    """A line of VALACDOS: fields of fixed width, 4 characters a weight, 3 the exception.

    `weights` are written as they are read aloud, u to z and a to h: "000001 00000731".
    """
    numbers = [int(part) for part in weights.split(",")] if "," in weights else _digits(weights)
    columns = "".join(f" {number:>4}" for number in numbers)
    ending = "" if exception is None else f" {exception:>3}"
    return f"{start} {end} {algorithm}{columns}{ending}"


def tables_of(
    folder: Path, *lines: str, substitutions: dict[str, str] | None = None
) -> ModulusTables:
    """What is loaded from files that hold `lines` and, where given, `substitutions`."""
    weights = folder / "weights.txt"
    weights.write_text("".join(f"{line}\n" for line in lines))
    if substitutions is None:
        return load_tables(weights, dated=PUBLISHED)
    pairs = folder / "substitutions.txt"
    pairs.write_text("".join(f"{old} {new}\n" for old, new in substitutions.items()))
    return load_tables(weights, pairs, dated=PUBLISHED)


def _digits(weights: str) -> list[int]:
    return [int(digit) for digit in weights.replace(" ", "")]
