"""The Card Payment API's client and the models of its seven operations; knows no wire."""

from collections.abc import Mapping
from functools import cached_property
from types import MappingProxyType
from typing import ClassVar, Final

from smarterpay.api.client import ApiClient, Shape
from smarterpay.api.models.transaction import (
    Transaction,
    TransactionCancelDeferred,
    TransactionRefund,
    TransactionRegister,
    TransactionReleaseAuthorised,
    TransactionReleaseDeferred,
    TransactionRepeat,
    TransactionVoid,
)
from smarterpay.api.resources.cards import Transactions

SHAPES: Final[Mapping[str, Shape]] = MappingProxyType(
    {
        "transaction.register": Shape(TransactionRegister, Transaction),
        "transaction.refund": Shape(TransactionRefund, Transaction),
        "transaction.void": Shape(TransactionVoid, Transaction),
        "transaction.repeat": Shape(TransactionRepeat, Transaction),
        "transaction.release_deferred": Shape(TransactionReleaseDeferred, Transaction),
        "transaction.cancel_deferred": Shape(TransactionCancelDeferred, Transaction),
        "transaction.release_authorised": Shape(TransactionReleaseAuthorised, Transaction),
    }
)
"""The models of every operation of the card host."""


class CardClient(ApiClient):
    """The SmarterPay Cloud Card Payment API, on its own host and with the same token."""

    api = "card"
    shapes: ClassVar[Mapping[str, Shape]] = SHAPES

    @cached_property
    def transactions(self) -> Transactions:
        """Card payments: register one, and follow up on a card (section 8)."""
        return Transactions(self)
