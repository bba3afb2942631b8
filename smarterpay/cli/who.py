"""Who sits at the terminal, by the operating system; proves nothing of it."""

import getpass

from smarterpay.cli.exit_codes import Failure


def who_types() -> str:
    """The login of whoever runs the command; raises `Failure` where the system knows none."""
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):  # a container's user without an entry
        raise Failure("the system does not know who you are; say so with --by NAME") from None
