"""Instants, names and spans as a person reads them; knows no record."""

from datetime import datetime

from smarterpay.bacs import LONDON


def london(instant: datetime) -> str:
    """An aware instant as London sees it: `Mon 1 Jun 2026, 09:00`, seconds where there are any."""
    local = instant.astimezone(LONDON)
    seconds = f":{local:%S}" if local.second else ""
    return f"{local:%a} {local.day} {local:%b %Y, %H:%M}{seconds}"


def spoken(name: str) -> str:
    """A name of the code in words: `expire_mandates` is `expire mandates`."""
    return name.replace("_", " ").replace("-", " ")
