"""The page at `/_sandbox/` for a person at a browser: everything is done by the control calls."""

from smarterpay.sandbox.console.page import Console

__all__ = ["Console"]
