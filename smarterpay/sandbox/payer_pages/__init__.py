"""The pages a payer sees: card form and payment page; they stand in for SmarterPay's own."""

from smarterpay.sandbox.payer_pages.page import PayerPages

__all__ = ["PayerPages"]
