"""Reads JSON that others wrote: whatever it gives is safe to keep, copy, compare and send on."""

import json
import re
from typing import Final

DEEPEST: Final = 64
"""Levels of nesting that are read; deeper documents break whoever copies or compares them."""

_SURROGATE_ESCAPE: Final = re.compile(r"\\u[dD][89a-fA-F]")
_LONE_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_REPLACEMENT: Final = "\ufffd"


def parse_json(body: bytes) -> object | None:
    """The JSON document in `body`, or `None` where there is none that can be read."""
    try:
        return read_json(body.decode(json.detect_encoding(body)))
    except (ValueError, RecursionError):
        return None


def read_json(text: str) -> object:
    """The JSON document in `text`; raises `ValueError` or `RecursionError` where there is none.

    Half a surrogate pair, which no encoding can carry, becomes U+FFFD. Raises `ValueError` too
    for a document nested deeper than `DEEPEST`.
    """
    document: object = json.loads(text)
    if text.count("[") + text.count("{") > DEEPEST:
        _refuse_depth(document)
    return _mended(document) if _SURROGATE_ESCAPE.search(text) else document


def _refuse_depth(document: object) -> None:
    level = [document]
    for _ in range(DEEPEST):
        level = [inner for value in level for inner in _inside(value)]
        if not level:
            return
    if any(isinstance(value, dict | list) for value in level):
        raise ValueError(f"nested deeper than {DEEPEST} levels")


def _inside(value: object) -> list[object]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _mended(value: object) -> object:
    if isinstance(value, str):
        return _LONE_SURROGATE.sub(_REPLACEMENT, value)
    if isinstance(value, list):
        return [_mended(item) for item in value]
    if isinstance(value, dict):
        return {_LONE_SURROGATE.sub(_REPLACEMENT, key): _mended(v) for key, v in value.items()}
    return value
