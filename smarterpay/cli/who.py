"""Who sits at the terminal, by his own word or the operating system's; proves nothing of it."""

import getpass

from smarterpay.cli.exit_codes import Failure
from smarterpay.journal.approval_requests import letters_of


def who_types(by: str | None) -> str:
    """The name given with `--by`, or the login of whoever runs the command.

    Raises `Failure` for a name without letters or digits, and where the system knows no login.
    """
    if by is not None:
        if not letters_of(by):
            raise Failure("--by needs a name with letters or digits in it")
        return by
    typed = login()
    if typed is None:
        raise Failure("the system does not know who you are; say so with --by NAME")
    return typed


def login() -> str | None:
    """Who runs the command, by the operating system; a container's user may have no entry."""
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return None
