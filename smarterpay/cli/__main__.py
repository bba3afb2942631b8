"""Runs the command as `python -m smarterpay.cli`."""

from smarterpay.cli import main

main()
