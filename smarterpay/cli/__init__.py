"""The `smarterpay` command: parses what a person types and prints what they need; no rules here.

Exit codes: 0 all done; 1 it could not be done (unreadable file, journal or provider out of reach);
2 wrong usage; 3 done, but some rows were rejected or refused; 4 done as far as it goes, some rows
wait, are unknown or need a person: resume the batch.
"""

from smarterpay.cli.commands import main

__all__ = ["main"]
