"""Charges cards for a batch of collections: repeats and releases, limits checked before the call.

It decides nothing of the limits (`smarterpay.money.card_limits`), and what the provider and the
gateway say afterwards stands.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from flows.collection_steps import PAYMENT, Collection, not_readable, was_begun
from flows.row_outcomes import stopped
from smarterpay.api import InvalidRequest
from smarterpay.api.errors import Refused
from smarterpay.api.models.payment import Payment
from smarterpay.api.models.transaction import (
    Transaction,
    TransactionReleaseAuthorised,
    TransactionReleaseDeferred,
    TransactionRepeat,
    TransactionStatus,
)
from smarterpay.clock import london_today
from smarterpay.intake.collection_row import CollectionRow
from smarterpay.journal.batch_items import batches_of_items
from smarterpay.journal.batches import Progress, RowState
from smarterpay.money.card_limits import (
    CardLimit,
    CardPayment,
    ReservationPending,
    check_authorised_release,
    check_deferred_release,
    check_repeat,
)
from smarterpay.orchestration.card_payments import CardNotFound, CardPayments
from smarterpay.orchestration.observing import see, seen_payment, seen_transaction
from smarterpay.orchestration.operation import WriteOperation
from smarterpay.orchestration.outcome import OperationError, Settled
from smarterpay.orchestration.runtime import Runtime
from tasks.payments import get_payment
from tasks.transactions import (
    release_authorised_transaction,
    release_deferred_transaction,
    repeat_transaction,
)

CARD_STEP = "card charge"
CURRENCY = "GBP"
"""Rows are in pence: a card of another currency is for the provider to refuse (section 8)."""
REPEAT, DEFERRED_RELEASE, AUTHORISE_RELEASE = (
    "card repeat",
    "deferred release",
    "authorise release",
)


@dataclass(frozen=True)
class _Charge:
    """How one method charges."""

    operation: WriteOperation[Transaction]
    request: type[TransactionRepeat | TransactionReleaseDeferred | TransactionReleaseAuthorised]


_CHARGES: Mapping[str, _Charge] = {
    REPEAT: _Charge(repeat_transaction, TransactionRepeat),
    DEFERRED_RELEASE: _Charge(release_deferred_transaction, TransactionReleaseDeferred),
    AUTHORISE_RELEASE: _Charge(release_authorised_transaction, TransactionReleaseAuthorised),
}


class Charges:
    """Charges the cards of one chunk; rows of one card are to be charged one after the other."""

    def __init__(self, runtime: Runtime, charges: Iterable[CollectionRow]) -> None:
        self._runtime = runtime
        settings = runtime.settings
        wanted = list(charges)
        authorised = any(one.method == AUTHORISE_RELEASE for one in wanted)
        self._on_cards = CardPayments(
            runtime,
            [str(one.card) for one in wanted if one.method != REPEAT],
            valid_days=max(
                settings.deferred_valid_days, settings.authorised_valid_days if authorised else 0
            ),
        )

    async def one(self, collection: Collection) -> Progress:
        """Charge one card once; errors of our set-up and of our own code propagate."""
        wanted = collection.wanted
        charge = _CHARGES[wanted.method]
        begun = await self._was_begun(wanted)
        try:
            if not begun:
                begun = await self._is_allowed(wanted)
            settled = await charge.operation(
                self._request(wanted), reference=wanted.reference, id=str(wanted.card)
            )
        except ReservationPending as limit:
            return Progress(RowState.WAITING, CARD_STEP, limit.reason, str(limit))
        except CardLimit as limit:
            return Progress(RowState.REFUSED, CARD_STEP, limit.reason, str(limit))
        except CardNotFound:
            what = "the provider has no such card; look its id up"
            return Progress(RowState.REFUSED, CARD_STEP, "card-not-found", what)
        except (OperationError, InvalidRequest) as error:
            return stopped(error, CARD_STEP, {})
        return await self._entered(collection, settled, stale=begun)

    async def _was_begun(self, wanted: CollectionRow) -> bool:
        operation = _CHARGES[wanted.method].operation.operation.name
        return await was_begun(self._runtime, operation, wanted.reference)

    async def _is_allowed(self, wanted: CollectionRow) -> bool:
        """Check the limits; whether the charge was begun meanwhile, by another run.

        Then what uses the limit up is this very charge. Raises `CardLimit` and `CardNotFound`.
        """
        try:
            await self.check(wanted)
        except CardLimit:
            if not await self._was_begun(wanted):
                raise
            return True
        return False

    async def check(self, wanted: CollectionRow) -> None:
        """Refuse what the limits of section 8 forbid; raises `CardLimit` and `CardNotFound`."""
        card, settings = str(wanted.card), self._runtime.settings
        if wanted.method == REPEAT:
            on_card = await self._on_cards.of_repeat(card, wanted.payment)
            check_repeat(on_card, named=wanted.payment)
            return
        deferred = wanted.method == DEFERRED_RELEASE
        check = check_deferred_release if deferred else check_authorised_release
        check(
            await self._on_cards.of_release(card),
            wanted.amount_pence,
            today=london_today(self._runtime.clock),
            valid_days=(
                settings.deferred_valid_days if deferred else settings.authorised_valid_days
            ),
            named=wanted.payment,
        )

    def _request(self, wanted: CollectionRow) -> Any:
        fields: dict[str, Any] = {
            "amount": wanted.amount_pence,
            "currency_code": CURRENCY,
            "custom_reference": wanted.reference,
            "internal_payment_description": wanted.description,
            "metadata": wanted.metadata,
        }
        if wanted.method == REPEAT:
            fields["related_payment_id"] = wanted.payment
        return _CHARGES[wanted.method].request(**fields)

    async def _entered(
        self, collection: Collection, settled: Settled[Transaction], *, stale: bool
    ) -> Progress:
        """Tell the ledger how the charge stands, and how its row then does.

        An answer of an earlier run may be days old: its payment is read again.
        """
        batch, answered = collection.row.batch_id, settled.record
        charge: Transaction | Payment = answered
        record = seen_transaction(answered, batch_id=batch, read_at=settled.read_at)
        if stale:
            read_at = self._runtime.clock.now()
            try:
                charge = await get_payment(answered.id)
            except Refused:  # 404, or 400 (section 4)
                return not_readable(answered.id, CARD_STEP)
            record = seen_payment(charge, batch_id=batch, read_at=read_at)
        await see(self._runtime, [record])
        self._on_cards.add(
            str(collection.wanted.card),
            CardPayment(
                id=answered.id,
                payment_type=str(answered.payment_type or ""),
                status=str(charge.status),
                amount_pence=answered.amount or collection.wanted.amount_pence,
                made_on=london_today(self._runtime.clock),
            ),
        )
        progress = how_a_charge_stands(str(charge.status), answered.id)
        database = self._runtime.journal.database
        made_by = (await database.run(batches_of_items, database, [answered.id])).get(answered.id)
        if progress.state is RowState.SUCCEEDED and made_by not in (None, batch):
            return replace(progress, message=f"charged before, by {made_by}, and not once more")
        return progress


def how_a_charge_stands(status: str, payment_id: str) -> Progress:
    """How a row stands whose charge has that status (section 8, "status")."""
    records = {PAYMENT: payment_id}
    match status:
        case TransactionStatus.SUCCESSFUL:
            return Progress(RowState.SUCCEEDED, record_ids=records)
        case TransactionStatus.PENDING:
            what = "the gateway has not finished with the charge; resume the batch later"
            return Progress(RowState.WAITING, CARD_STEP, "card-pending", what, records)
        case TransactionStatus.FAILED:
            what = "the card was declined; ask the payer, and charge under a new reference"
            return Progress(RowState.REFUSED, CARD_STEP, "card-declined", what, records)
        case TransactionStatus.CANCELLED:
            what = "the charge was cancelled; nothing was taken"
            return Progress(RowState.REFUSED, CARD_STEP, "card-cancelled", what, records)
    what = f"the charge is {status!r}: look at payment {payment_id} in the portal, then resume"
    return Progress(RowState.NEEDS_ATTENTION, CARD_STEP, "card-not-settled", what, records)
