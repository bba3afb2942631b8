"""How one collection is ordered and what its answer means for its row; no Prefect flow here.

A Direct Debit goes one by one or as a row of a bulk call, a card is charged. What is ordered is
told to the ledger before the row is written down as ordered.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from flows.row_outcomes import RowStopped, stopped
from smarterpay.api import InvalidRequest
from smarterpay.api.errors import Refused
from smarterpay.api.models.payment import Payment, PaymentCreate, PaymentStatus
from smarterpay.clock import london_today
from smarterpay.intake.collection_row import CollectionRow
from smarterpay.journal.batch_items import batches_of_items
from smarterpay.journal.batches import Progress, Row, RowState
from smarterpay.journal.decision import State
from smarterpay.journal.ledger import Seen
from smarterpay.orchestration.bulk_outcome import RowOutcome
from smarterpay.orchestration.mandate_reading import RefusingMandates
from smarterpay.orchestration.observing import see, seen_payment
from smarterpay.orchestration.outcome import NotSettled, OperationError, OperationRefused
from smarterpay.orchestration.payment_reading import payments_by_id
from smarterpay.orchestration.runtime import Runtime
from tasks.payments import bulk_create_payments, create_payment, get_payment

CREATE = "payment.create"
DIRECT_DEBIT_STEP = "direct debit"
PAYMENT = "payment"
#: A payment that is on its way or has arrived; in any other status a row has more to say.
_UNDER_WAY = frozenset(
    {PaymentStatus.PENDING_SUBMISSION, PaymentStatus.SUBMITTED, PaymentStatus.SUCCESSFUL}
)


@dataclass(frozen=True)
class Collection:
    """A row of a batch and the collection it was staged as."""

    row: Row
    wanted: CollectionRow


class DirectDebits:
    """Orders the Direct Debits of one chunk."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._mandates = RefusingMandates(runtime)

    async def one(self, collection: Collection) -> Progress:
        """Order one by itself; errors of our set-up and of our own code propagate."""
        wanted = collection.wanted
        begun = await was_begun(self._runtime, CREATE, wanted.reference)
        try:
            settled = await create_payment(request_of(wanted), reference=wanted.reference)
        except OperationRefused as error:
            return await self._refused(collection, stopped(error, DIRECT_DEBIT_STEP, {}))
        except (OperationError, InvalidRequest) as error:
            return _stopped(error, wanted.reference)
        except Refused:  # 404, or 400 (section 4): a bulk call made it, which told its id only
            return await self._entered_as_it_stands(collection, await self._made(wanted.reference))
        # What an earlier run was answered may be days old; the ledger is told what stands now.
        if begun:
            return await self._entered_as_it_stands(collection, settled.record.id)
        payment = settled.record
        (progress,) = await self._entered(
            [collection], {payment.id: payment}, [payment.id], settled.read_at
        )
        return progress

    async def _entered_as_it_stands(self, collection: Collection, payment_id: str) -> Progress:
        read_at, payments = self._runtime.clock.now(), dict[str, Payment]()
        with suppress(Refused):
            payments[payment_id] = await get_payment(payment_id)
        (progress,) = await self._entered([collection], payments, [payment_id], read_at)
        return progress

    async def _made(self, reference: str) -> str:
        """The id of the payment that stands for `reference`."""
        journal = self._runtime.journal
        (intent,) = await journal.database.run(journal.intents.find, reference, CREATE)
        return str(intent.record_id)

    async def in_bulk(self, collections: Sequence[Collection], call: str) -> Sequence[Progress]:
        """Order all in the bulk call that has the reference `call`; in the same order."""
        progress: dict[int, Progress] = {}
        sent: list[Collection] = []
        requests: list[PaymentCreate] = []
        for collection in collections:
            try:
                requests.append(request_of(collection.wanted))
            except InvalidRequest as error:
                progress[collection.row.number] = stopped(error, DIRECT_DEBIT_STEP, {})
            else:
                sent.append(collection)
        if sent:
            outcome = await bulk_create_payments(requests, reference=call)
            for collection, told in zip(
                sent, await self._of_rows(sent, outcome.rows, call), strict=True
            ):
                progress[collection.row.number] = told
        return [progress[collection.row.number] for collection in collections]

    async def _of_rows(
        self, sent: Sequence[Collection], outcomes: Sequence[RowOutcome], call: str
    ) -> Sequence[Progress]:
        made = [one for one in outcomes if one.state == "succeeded" and one.record_id]
        ids = [str(one.record_id) for one in made]
        read_at = self._runtime.clock.now()
        payments = await payments_by_id(self._runtime, ids, call_reference=call)
        ordered = [sent[one.position] for one in made]
        entered = await self._entered(ordered, payments, ids, read_at)
        progress = {one.position: told for one, told in zip(made, entered, strict=True)}
        for one in outcomes:
            if one.position in progress:
                continue
            told = _of_unmade(one)
            if one.state == "refused":
                told = await self._refused(sent[one.position], told)
            progress[one.position] = told
        return [progress[one.position] for one in outcomes]

    async def _entered(
        self,
        ordered: Sequence[Collection],
        payments: Mapping[str, Payment],
        ids: Sequence[str],
        read_at: datetime,
    ) -> Sequence[Progress]:
        """Tell the ledger of the payments, and how the row of each then stands."""
        ordered_as = dict(zip(ids, ordered, strict=True))
        await see(
            self._runtime,
            [_seen(payment, ordered_as[key], read_at=read_at) for key, payment in payments.items()],
        )
        database = self._runtime.journal.database
        owners = await database.run(batches_of_items, database, ids)
        return [
            how_it_stands(payments[key], one, owners.get(key))
            if key in payments
            else not_readable(key, DIRECT_DEBIT_STEP)
            for key, one in zip(ids, ordered, strict=True)
        ]

    async def _refused(self, collection: Collection, told: Progress) -> Progress:
        """Why a Direct Debit was refused, where its mandate or its date says so (section 7.7)."""
        wanted = collection.wanted
        status = await self._mandates.status_of(str(wanted.mandate or wanted.mandate_reference))
        if status is not None:
            return Progress(
                RowState.REFUSED,
                DIRECT_DEBIT_STEP,
                f"mandate-{status.replace(' ', '-')}",
                f"the mandate is {status}; once it can be collected on, ask under a new reference",
            )
        asked = wanted.collection_date
        if asked is not None and asked < london_today(self._runtime.clock):
            return Progress(
                RowState.REFUSED,
                DIRECT_DEBIT_STEP,
                "collection-date-past",
                f"{asked} is past; ask for a later date under the same reference",
            )
        return told


async def was_begun(runtime: Runtime, operation: str, reference: str) -> bool:
    """Whether anything was sent for this write that may have happened, by whichever run."""
    journal = runtime.journal
    found = await journal.database.run(journal.intents.find, reference, operation)
    return any(
        intent.state is not State.REFUSED
        and (intent.first_sent_at is not None or intent.state is not State.OPENED)
        for intent in found
    )


def request_of(wanted: CollectionRow) -> PaymentCreate:
    """The payment that a Direct Debit row asks for; raises `InvalidRequest`."""
    if wanted.collection_date is None:
        raise ValueError("a card collection is no Direct Debit")
    return PaymentCreate(
        auddis=wanted.mandate_reference,
        mandate=wanted.mandate,
        amount=wanted.amount_pence,
        collection_date=wanted.collection_date,
        description=wanted.description or "",
        custom_reference=wanted.reference,
        metadata=wanted.metadata,
    )


def _seen(payment: Payment, collection: Collection, *, read_at: datetime) -> Seen:
    if _is_anothers(payment, collection.wanted):
        return seen_payment(payment, read_at=read_at)
    return seen_payment(
        payment,
        asked_on=collection.wanted.collection_date,
        batch_id=collection.row.batch_id,
        read_at=read_at,
    )


def _is_anothers(payment: Payment, wanted: CollectionRow) -> bool:
    """Whether it carries the reference of another collection (section 7.7)."""
    carried = (payment.custom_reference or "").strip()
    return carried not in ("", wanted.reference)


def how_it_stands(payment: Payment, collection: Collection, ordered_by: str | None) -> Progress:
    """How a row stands whose payment is `payment`, first ordered by the batch `ordered_by`."""
    records = {PAYMENT: payment.id}
    if _is_anothers(payment, collection.wanted):
        what = (
            f"the provider says that it made payment {payment.id} of this row, which carries "
            "another reference: look in the portal which payment is whose, then resume"
        )
        return Progress(
            RowState.NEEDS_ATTENTION,
            DIRECT_DEBIT_STEP,
            "payment-of-another-reference",
            what,
            records,
        )
    if payment.status == PaymentStatus.CANCELLED:
        return _cancelled(payment, records)
    if payment.status not in set(PaymentStatus):  # the ledger doubts it too
        what = f"it is {payment.status!r}: look at payment {payment.id} in the portal, then resume"
        return Progress(
            RowState.NEEDS_ATTENTION, DIRECT_DEBIT_STEP, "payment-status-unknown", what, records
        )
    remarks = []
    if ordered_by not in (None, collection.row.batch_id):
        remarks.append(f"ordered before, by {ordered_by}, and not once more")
    asked, stored = collection.wanted.collection_date, payment.collection_date
    if stored is not None and stored != asked:
        remarks.append(f"asked for {asked}, will be collected on {stored}")
    if payment.amount != collection.wanted.amount_pence:
        remarks.append(f"the provider now has {payment.amount} pence")
    if payment.status not in _UNDER_WAY:
        remarks.append(f"it is {payment.status} by now")
    return Progress(RowState.SUCCEEDED, message="; ".join(remarks) or None, record_ids=records)


def _cancelled(payment: Payment, records: Mapping[str, str]) -> Progress:
    """Never collected: on a cancelled mandate a payment is recorded so, with amount 0 (7.7)."""
    if payment.amount:
        reason = "cancelled-since"
        message = "the payment was ordered and has been cancelled since; nothing is collected"
    else:
        reason = "recorded-cancelled"
        message = (
            "the provider recorded it as cancelled with amount 0: its mandate is cancelled; "
            "nothing is collected, and the payer has to give a new mandate"
        )
    return Progress(RowState.REFUSED, DIRECT_DEBIT_STEP, reason, message, dict(records))


def not_readable(payment_id: str, step: str) -> Progress:
    """How a row stands whose payment was made, and which the provider does not give."""
    return Progress(
        RowState.UNKNOWN,
        step,
        "payment-not-readable",
        f"the provider made payment {payment_id} and does not show it; resume the batch later, "
        "and if that goes on ask SmarterPay for it",
        {PAYMENT: payment_id},
    )


def _stopped(error: OperationError | InvalidRequest, reference: str) -> Progress:
    if isinstance(error, NotSettled) and error.intent.bulk_intent_id is not None:
        return _in_another_call(reference)
    return stopped(error, DIRECT_DEBIT_STEP, {})


def _in_another_call(reference: str) -> Progress:
    """How a row stands that the bulk call of another batch carries: only that one settles it."""
    return Progress(
        RowState.UNKNOWN,
        DIRECT_DEBIT_STEP,
        "in-another-bulk-call",
        f"the bulk call of another batch carries it: `smarterpay intent show {reference}` names "
        "that call; resume its batch, then this one",
    )


def _of_unmade(outcome: RowOutcome) -> Progress:
    """How a row of a bulk call stands that made no payment, or none that we know of."""
    if outcome.state == "not_settled" and outcome.left_out:
        return _in_another_call(outcome.reference)
    return stopped(_stop_of(outcome), DIRECT_DEBIT_STEP, {})


def _stop_of(outcome: RowOutcome) -> RowStopped:
    match outcome.state:
        case "refused":
            return RowStopped(
                RowState.REFUSED,
                "provider-refused",
                "the provider refused this row of a bulk call; look at mandate, date and amount, "
                "correct the row and run it again",
            )
        case "conflict":
            fields = ", ".join(outcome.fields)
            what = f"done before with other data in: {fields}" if fields else str(outcome.reason)
            return RowStopped(RowState.REFUSED, "intent-conflict", f"{what}; use a new reference")
        case "needs_attention":
            return RowStopped(
                RowState.NEEDS_ATTENTION,
                "needs-attention",
                f"a person must decide: {outcome.reason}; see `smarterpay intent show` and "
                "`smarterpay intent settle`",
            )
        case _:
            return RowStopped(
                RowState.UNKNOWN,
                "not-settled-unknown-executed",
                "the provider gave no settled answer; resume the batch, nothing is sent twice",
            )
