"""Cards and the payments on them, as resources of their two hosts; knows no Direct Debit."""

from collections.abc import AsyncIterator
from typing import Unpack

from smarterpay.api.client import AUTO_KEY, IdempotencyKey, Resource
from smarterpay.api.models.card import Card, CardListQuery
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
from smarterpay.api.resources.verbs import Filters
from smarterpay.api.wire import Request


class CardFilters(Filters, total=False):
    """As every list, also by the customer a card belongs to."""

    customer_id: str | None


class Cards(Resource):
    """Cards of payers, on the Cloud API (section 7.15)."""

    name = "card"
    record = Card

    def list(self, **filters: Unpack[CardFilters]) -> AsyncIterator[Card]:
        """As every list, also by `customer_id`."""
        return self._listed(self.record, CardListQuery, **filters)


class Transactions(Resource):
    """Card payments, on the card host (section 8): follow-ups address the card.

    A decline is an answer, not an error: look at `status`. Raises `Refused` with the provider's
    `code` where it could not be processed, `InvalidToken` for a bad token, and `GatewaySilent`
    where the gateway did not answer: check before charging again.
    """

    name = "transaction"
    record = Transaction

    async def register(
        self, request: TransactionRegister, /, *, idempotency_key: IdempotencyKey = AUTO_KEY
    ) -> Transaction:
        """Register a payment; its `session_token` goes to the browser, which completes it."""
        return await self._call("register", self.record, request, idempotency_key=idempotency_key)

    async def refund(
        self,
        card_id: str,
        request: TransactionRefund,
        /,
        *,
        idempotency_key: IdempotencyKey = AUTO_KEY,
    ) -> Transaction:
        """Give back all or part of what was taken, after clearing; a new payment of its own."""
        return await self._follow_up("refund", card_id, request, idempotency_key)

    async def void(
        self,
        card_id: str,
        request: TransactionVoid,
        /,
        *,
        idempotency_key: IdempotencyKey = AUTO_KEY,
    ) -> Transaction:
        """Undo a payment in full, before clearing."""
        return await self._follow_up("void", card_id, request, idempotency_key)

    async def repeat(
        self,
        card_id: str,
        request: TransactionRepeat,
        /,
        *,
        idempotency_key: IdempotencyKey = AUTO_KEY,
    ) -> Transaction:
        """Charge the card once more."""
        return await self._follow_up("repeat", card_id, request, idempotency_key)

    async def release_deferred(
        self,
        card_id: str,
        request: TransactionReleaseDeferred,
        /,
        *,
        idempotency_key: IdempotencyKey = AUTO_KEY,
    ) -> Transaction:
        """Take what was reserved, or less."""
        return await self._follow_up("release_deferred", card_id, request, idempotency_key)

    async def cancel_deferred(
        self,
        card_id: str,
        request: TransactionCancelDeferred,
        /,
        *,
        idempotency_key: IdempotencyKey = AUTO_KEY,
    ) -> Transaction:
        """Let a reservation go."""
        return await self._follow_up("cancel_deferred", card_id, request, idempotency_key)

    async def release_authorised(
        self,
        card_id: str,
        request: TransactionReleaseAuthorised,
        /,
        *,
        idempotency_key: IdempotencyKey = AUTO_KEY,
    ) -> Transaction:
        """Take what was authenticated, or less; may fail, as nothing was reserved."""
        return await self._follow_up("release_authorised", card_id, request, idempotency_key)

    async def _follow_up(
        self, verb: str, card_id: str, request: Request, idempotency_key: IdempotencyKey
    ) -> Transaction:
        return await self._call(
            verb, self.record, request, record_id=card_id, idempotency_key=idempotency_key
        )
