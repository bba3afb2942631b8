"""The shipped demonstration: its command and its file of 60 customers."""

from smarterpay.cli.demo.command import demo

__all__ = ["demo"]
