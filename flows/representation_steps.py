"""How one planned row presents its payment again, once; no Prefect flow here.

Until its call may have been made, every fact is looked at again and the row may be given up. From
then on the intent decides: it is brought to its outcome, whatever the facts are by now.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from flows.representation_plan import NOT_GIVEN, RepresentationRow, read_again
from flows.row_outcomes import RowStopped, stopped
from smarterpay.api import InvalidRequest
from smarterpay.api.catalogue import get_operation
from smarterpay.api.errors import Refused
from smarterpay.api.models.payment import Payment, PaymentRepresent, PaymentStatus
from smarterpay.bacs import BankingCalendar
from smarterpay.journal.batches import Progress, Row, RowState
from smarterpay.journal.decision import State, key_is_spent
from smarterpay.journal.intents import Intent
from smarterpay.journal.presentations import OPERATION
from smarterpay.money.representation_rules import (
    FactsMissing,
    NotPresentable,
    RepresentationPolicy,
    may_represent_on,
)
from smarterpay.orchestration.look_up import look_up
from smarterpay.orchestration.observing import see, seen_payment
from smarterpay.orchestration.outcome import GenerationMovedOn, OperationError, OperationRefused
from smarterpay.orchestration.runtime import Runtime
from smarterpay.orchestration.wishes import wish_for
from tasks.payments import get_payment, represent_payment

STEP = "re-presentation"
#: Names of the record ids of a row: what failed, and what presents it again.
PAYMENT, PRESENTATION = "payment", "presentation"
#: A call takes a moment, and at 22:00 the earliest date moves on (reference, section 10).
IN_A_MOMENT = timedelta(minutes=10)


@dataclass
class Representing:
    """One row on the way to its presentation."""

    runtime: Runtime
    row: Row
    wanted: RepresentationRow
    policy: RepresentationPolicy
    record_ids: dict[str, str] = field(default_factory=dict)

    async def run(self) -> Progress:
        """Take every step that is left. Errors of our set-up and of our own code propagate."""
        self.record_ids[PAYMENT] = self.wanted.payment
        try:
            payment = await self._presented()
        except (RowStopped, OperationError, InvalidRequest) as error:
            return stopped(error, STEP, self.record_ids)
        return self._told(payment)

    async def _presented(self) -> Payment:
        journal, reference = self.runtime.journal, self.wanted.reference
        planned = await journal.database.run(journal.presentations.get, reference)
        if planned.item_id is not None:
            return await self._entered_as_it_stands(planned.item_id)
        intent = await self._intent()
        if intent is not None and intent.state is State.UNKNOWN:
            intent = await self._looked_up(intent)
        begun = intent is not None and intent.state is not State.OPENED
        if intent is not None and intent.state is State.REFUSED and intent.status is None:
            await journal.database.run(journal.presentations.give_up, reference, self._now())
            raise _withdrawn(intent.reason)
        if not begun:
            await self._check()
        try:
            settled = await represent_payment(
                self._request(), reference=reference, id=self.wanted.payment
            )
        except OperationRefused as error:  # known to have made nothing, for good
            await journal.database.run(journal.presentations.give_up, reference, self._now())
            raise _refused(error) from error
        except InvalidRequest:
            if not begun:  # else other bytes were sent before, and may have made a payment
                await journal.database.run(journal.presentations.give_up, reference, self._now())
            raise
        # What an earlier run was answered may be days old; the ledger is told what stands now.
        if begun:
            return await self._entered_as_it_stands(settled.record.id)
        return await self._entered(settled.record, settled.read_at)

    async def _check(self) -> None:
        """Raise `RowStopped` unless every rule still lets the payment be presented on its day."""
        forbidden = await self._forbidden()
        if forbidden is not None:
            await self._give_up()
            raise forbidden
        journal = self.runtime.journal
        if not await journal.database.run(
            journal.presentations.begin, self.wanted.reference, self._now()
        ):
            why = "it was given up: its plan was rejected, or its day went by; plan again"
            raise RowStopped(RowState.REFUSED, "given-up", why)

    async def _forbidden(self) -> RowStopped | None:
        """Why the payment may not be presented on its day, by all that can be read now."""
        wanted = self.wanted
        try:
            read = await read_again(self.runtime, wanted.payment, besides=wanted.reference)
        except Refused:
            return RowStopped(RowState.REFUSED, FactsMissing.reason, NOT_GIVEN)
        moment = self._now() + IN_A_MOMENT
        judged = may_represent_on(
            wanted.collection_date, read.unpaid, self.policy, BankingCalendar(), moment
        )
        if isinstance(judged, NotPresentable):
            return RowStopped(RowState.REFUSED, judged.reason, judged.why)
        if (
            read.payment.amount != wanted.amount_pence
            or read.mandate is None
            or read.mandate.auddis != wanted.mandate_reference
        ):
            why = "its amount or its mandate's reference has changed since it was planned"
            return RowStopped(RowState.REFUSED, "facts-changed", f"{why}; plan again")
        return None

    async def _give_up(self) -> None:
        """Make sure that nothing is ever sent for this row; a later plan may take the payment.

        Raises `RowStopped` where another run may be sending in this moment.
        """
        journal, reference = self.runtime.journal, self.wanted.reference
        if await journal.database.run(journal.presentations.withdraw, reference, self._now()):
            return
        # An earlier run had begun: its intent is taken back before a byte of it has left.
        wish = wish_for(
            self.runtime,
            get_operation(OPERATION),
            self._request(),
            reference=reference,
            id=self.wanted.payment,
        )
        intent, _ = await journal.database.run(journal.intents.open, wish, self._now())
        why = "withdrawn: the rules no longer allow it"
        if not await journal.database.run(journal.intents.withdraw, intent.id, why, self._now()):
            raise RowStopped(
                RowState.UNKNOWN, "another-run", "another run is presenting it; resume the batch"
            )
        await journal.database.run(journal.presentations.give_up, reference, self._now())

    async def _looked_up(self, intent: Intent) -> Intent | None:
        """The intent as it then stands, looked up where the call may not be sent again as it is.

        That is where a rule forbids it by now: somebody else has presented the payment, say, or
        Bacs cannot collect on its day any more. If the first call was lost, another one would make
        what is forbidden. And where its key is spent: then the facts have to be checked anew.
        """
        spent = key_is_spent(intent.first_sent_at, intent.look_up, self._now())
        if not spent and await self._forbidden() is None:
            return intent
        with suppress(GenerationMovedOn):  # nothing came of it
            await look_up(self.runtime, intent)
        return await self._intent()

    async def _intent(self) -> Intent | None:
        journal = self.runtime.journal
        found = await journal.database.run(journal.intents.find, self.wanted.reference, OPERATION)
        return found[0] if found else None

    async def _entered_as_it_stands(self, payment: str) -> Payment:
        read_at = self._now()
        return await self._entered(await get_payment(payment), read_at)

    async def _entered(self, payment: Payment, read_at: datetime) -> Payment:
        """Tell the ledger, then close the chain's gap."""
        asked_on, batch = self.wanted.collection_date, self.row.batch_id
        seen = seen_payment(payment, asked_on=asked_on, batch_id=batch, read_at=read_at)
        # We know it, though the answer may not say so.
        await see(self.runtime, [replace(seen, related_item=self.wanted.payment)])
        journal = self.runtime.journal
        await journal.database.run(journal.presentations.record, self.wanted.reference, payment.id)
        self.record_ids[PRESENTATION] = payment.id
        return payment

    def _told(self, payment: Payment) -> Progress:
        ids: Mapping[str, str] = dict(self.record_ids)
        if payment.status == PaymentStatus.CANCELLED:
            why = "the provider recorded it cancelled: nothing is collected; look at the mandate"
            return Progress(RowState.REFUSED, STEP, "recorded-cancelled", why, ids)
        if payment.collection_date not in (None, self.wanted.collection_date):
            why = (
                f"asked for {self.wanted.collection_date}, the provider collects on"
                f" {payment.collection_date}"
            )
            return Progress(RowState.SUCCEEDED, STEP, "date-moved", why, ids)
        return Progress(RowState.SUCCEEDED, record_ids=ids)

    def _request(self) -> PaymentRepresent:
        wanted = self.wanted
        return PaymentRepresent(
            amount=wanted.amount_pence,
            collection_date=wanted.collection_date,
            description=wanted.description,
            auddis=wanted.mandate_reference,
            custom_reference=wanted.reference,
        )

    def _now(self) -> datetime:
        return self.runtime.clock.now()


def _refused(error: OperationRefused) -> RowStopped:
    """What the provider's no means for the row; without one, another run has taken it back."""
    if error.status is None:
        return _withdrawn(error.reason)
    why = f"the provider refused ({error.reason}) and presented nothing; mend the cause, plan again"
    return RowStopped(RowState.REFUSED, f"provider-{error.status}", why)


def _withdrawn(reason: str | None) -> RowStopped:
    return RowStopped(RowState.REFUSED, "given-up", f"{reason}; plan again")
