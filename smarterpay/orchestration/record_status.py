"""The provider's own word for a record's state, fit to be kept and shown; knows no model."""

import re

#: Status words of the reference are of this kind; anything else could be a person's name.
_A_STATUS = re.compile(r"[A-Za-z][A-Za-z _-]{0,39}")


def record_status(record: object) -> str | None:
    """`status` of a record (`dd_status` of a mandate), or nothing where it has none."""
    for name in ("status", "dd_status"):
        word = getattr(record, name, None)
        if word is not None:
            return str(word) if _A_STATUS.fullmatch(str(word)) else "(no status word)"
    return None
