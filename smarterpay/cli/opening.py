"""Opens settings and journal for a command: what is wrong with them is said in a sentence."""

from collections.abc import Iterator
from contextlib import contextmanager

from pydantic import ValidationError

from smarterpay.cli.exit_codes import Failure
from smarterpay.journal import Journal
from smarterpay.settings import Settings


def read_settings() -> Settings:
    """The settings of this process; raises `Failure` that names the wrong variables."""
    try:
        return Settings()
    except ValidationError as error:
        raise Failure(f"{without_input(error)}. Correct the variable.") from None


def without_input(error: ValidationError) -> str:
    """What is wrong with which variable, without its value."""
    return "; ".join(
        f"SMARTERPAY_{str(one['loc'][0]).upper()}: {one['msg']}"
        for one in error.errors(include_input=False, include_url=False)
        if one["loc"]
    )


@contextmanager
def open_journal(settings: Settings) -> Iterator[Journal]:
    """The journal of `settings`; raises `Failure` when it cannot be opened."""
    try:
        journal = Journal.open(settings)
    except Exception as error:
        # The driver's text may quote the URL, so only its kind is told.
        raise Failure(
            f"the journal cannot be opened ({type(error).__name__}); `smarterpay doctor` says more"
        ) from None
    with journal:
        yield journal
