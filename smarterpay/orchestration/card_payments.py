"""Reads what stands on cards, for the limits of section 8; judges nothing and charges nothing.

No list of the provider's is by card (reference, section 6), so payments are read by time: those of
all cards of some releases together, and for a Repeat no further than the first that will do.
"""

import asyncio
from collections.abc import Collection
from datetime import datetime, timedelta

from smarterpay.api.errors import Refused
from smarterpay.api.models.card import Card
from smarterpay.api.models.payment import Payment
from smarterpay.bacs import london_date
from smarterpay.money.card_limits import CardHasNoSuccessfulPayment as NothingToRepeat
from smarterpay.money.card_limits import CardPayment, check_repeat
from smarterpay.orchestration.runtime import Runtime

#: The list's times are whole seconds, and a card and its first payment may be entered in two.
MARGIN = timedelta(minutes=1)


class CardNotFound(LookupError):
    """The provider has no card with that id."""


class CardPayments:
    """The payments on some cards; read when first asked for, and kept up by `add`.

    `to_release` names the card of every release that will be asked about; nothing older than
    `valid_days` days is read for them but the payment a card was registered with.
    """

    def __init__(self, runtime: Runtime, to_release: Collection[str], *, valid_days: int) -> None:
        self._runtime = runtime
        self._to_release = {_key(card_id) for card_id in to_release}
        self._valid = timedelta(days=valid_days + 1)
        self._cards: dict[str, Card | None] = {}
        self._on_card: dict[str, dict[str, CardPayment]] = {}
        self._all_read = False
        self._reading = asyncio.Lock()

    async def of_release(self, card_id: str) -> Collection[CardPayment]:
        """Every payment on a card that bears on a release; raises `CardNotFound`."""
        async with self._reading:
            await self._card(card_id)
            if not self._all_read:
                await self._read_for_releases()
                self._all_read = True
        return list(self._on_card.get(_key(card_id), {}).values())

    async def of_repeat(self, card_id: str, named: str | None) -> Collection[CardPayment]:
        """Payments on a card, up to one that a Repeat may rest on, if any; the `named` one alone.

        Raises `CardNotFound`.
        """
        if named is not None:
            return await self._named(card_id, named)
        card = await self._card(card_id)
        found: list[CardPayment] = []
        since = None if card.created_at is None else card.created_at - MARGIN
        async for payment in self._runtime.cloud.payments.list(created_from=since):
            if _key(payment.card_id) == _key(card_id):
                found.append(on_card(payment))
                if _will_do(found[-1]):
                    break
        return found

    def add(self, card_id: str, payment: CardPayment) -> None:
        """Take in a payment that was made on the card since."""
        self._on_card.setdefault(_key(card_id), {})[payment.id] = payment

    async def _named(self, card_id: str, named: str) -> Collection[CardPayment]:
        try:
            payment = await self._runtime.cloud.payments.get(named)
        except Refused:  # 404, or 400 (section 4)
            return []
        return [on_card(payment)] if _key(payment.card_id) == _key(card_id) else []

    async def _card(self, card_id: str) -> Card:
        if _key(card_id) not in self._cards:
            self._cards[_key(card_id)] = await self._read_card(card_id)
        card = self._cards[_key(card_id)]
        if card is None:
            raise CardNotFound(f"the provider has no card {card_id}")
        return card

    async def _read_card(self, card_id: str) -> Card | None:
        # The provider may ignore the filter (section 6): then all are read, and one is found.
        async for card in self._runtime.cloud.cards.list(id=card_id):
            if _key(card.id) == _key(card_id):
                return card
        return None

    async def _read_for_releases(self) -> None:
        oldest = self._runtime.clock.now() - self._valid
        made: dict[str, datetime] = {}
        for card_id in sorted(self._to_release):
            try:
                card = await self._card(card_id)
            except CardNotFound:
                continue
            made[card_id] = card.created_at or oldest
        for card_id, created_at in made.items():
            if created_at < oldest:
                await self._read({card_id}, created_at - MARGIN, created_at + MARGIN)
        if made:
            since = max(oldest, min(made.values())) - MARGIN
            await self._read(made.keys(), since, None)

    async def _read(self, cards: Collection[str], since: datetime, until: datetime | None) -> None:
        async for payment in self._runtime.cloud.payments.list(
            created_from=since, created_to=until
        ):
            if _key(payment.card_id) in cards:
                self.add(str(payment.card_id), on_card(payment))


def on_card(payment: Payment) -> CardPayment:
    """A listed card payment (section 7.7) as the limits know it."""
    return CardPayment(
        id=payment.id,
        payment_type=str(payment.payment_type or ""),
        status=str(payment.status or ""),
        amount_pence=payment.amount or 0,
        made_on=None if payment.created_at is None else london_date(payment.created_at),
        related=payment.related_payment or None,
    )


def _will_do(payment: CardPayment) -> bool:
    try:
        check_repeat([payment])
    except NothingToRepeat:
        return False
    return True


def _key(card_id: str | None) -> str:
    """Card ids are GUIDs, which are written in either case (section 5)."""
    return (card_id or "").lower()
