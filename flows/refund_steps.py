"""The steps that pay one payment back, and what each refusal is called; no Prefect flow here.

payment -> rail -> hold -> pay back. Once its pence are held a refund keeps its rail, whatever
becomes of the payment meanwhile, until it is done or known not to have happened: a run that comes
later asks the very same, under the same reference, so that nothing is paid back twice.
"""

import hashlib
from collections.abc import Awaitable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final, TypeVar

from flows.row_outcomes import RowStopped, stopped
from smarterpay.api import ApiError, InvalidRequest, TransportError
from smarterpay.api.card_answer import card_words
from smarterpay.api.catalogue import get_operation
from smarterpay.api.errors import Refused
from smarterpay.api.models.credit import Credit, CreditCreate
from smarterpay.api.models.payment import Payment, PaymentStatus, PaymentUpdate
from smarterpay.api.models.transaction import (
    Transaction,
    TransactionCancelDeferred,
    TransactionRefund,
    TransactionStatus,
    TransactionVoid,
)
from smarterpay.api.wire import Record, Request
from smarterpay.bacs import BankingCalendar, earliest_date, london_date
from smarterpay.intake.refund_row import RefundRow
from smarterpay.journal.batches import Progress, RowState
from smarterpay.journal.decision import State, key_is_spent
from smarterpay.journal.intents import Intent
from smarterpay.journal.ledger import Item
from smarterpay.journal.refunds import (
    NOT_PAID_BACK,
    TAKING,
    NewRefund,
    Refund,
    RefundConflict,
    RefundState,
    as_asked,
)
from smarterpay.money.accounts import ItemKind
from smarterpay.money.pounds import in_pounds
from smarterpay.money.refund_rails import (
    WORDS,
    AlreadyReleased,
    AmountNotApproved,
    CardNotUsable,
    Choice,
    Deed,
    GatewayHasLess,
    NotCancelled,
    PayerAccount,
    PayerAccountChanged,
    PaymentAmbiguous,
    PaymentCancelled,
    PaymentNotFound,
    Rail,
    ReferenceInUse,
    RefundRefused,
    VoidDeclined,
    choose_rail,
    is_settled_debit,
)
from smarterpay.orchestration.look_up import look_up
from smarterpay.orchestration.observing import (
    see,
    seen_credit,
    seen_payment,
    seen_transaction,
)
from smarterpay.orchestration.operation import ReadOperation, WriteOperation
from smarterpay.orchestration.outcome import (
    GenerationMovedOn,
    IntentConflict,
    OperationError,
    OperationRefused,
    Settled,
)
from smarterpay.orchestration.payer_accounts import payer_account
from smarterpay.orchestration.runtime import Runtime
from smarterpay.orchestration.wishes import wish_for
from tasks.bank_accounts import get_bank_account
from tasks.credits import create_credit
from tasks.mandates import get_mandate
from tasks.payments import get_payment, list_payments, update_payment
from tasks.transactions import (
    cancel_deferred_transaction,
    refund_transaction,
    void_transaction,
)

RecordT = TypeVar("RecordT", bound=Record)
T = TypeVar("T")

PAYMENT, RAIL, HOLD, PAY_BACK = "payment", "rail", "hold", "pay back"

#: What undoes a card payment as a whole; the payment itself is the record of it.
UNDOING: Final[Mapping[Rail, WriteOperation[Transaction]]] = {
    Rail.VOID: void_transaction,
    Rail.CANCEL_DEFERRED: cancel_deferred_transaction,
}
OPERATION_NAMES: Final[Mapping[Rail, str]] = {
    Rail.VOID: "transaction.void",
    Rail.CARD_REFUND: "transaction.refund",
    Rail.CANCEL_DEFERRED: "transaction.cancel_deferred",
    Rail.CREDIT: "credit.create",
    Rail.CANCEL_PAYMENT: "payment.update",
}
#: On these all of the payment goes back, or nothing.
WHOLE: Final = frozenset({*UNDOING, Rail.CANCEL_PAYMENT})
#: Codes of the card host (section 8) and the refusal each of them is.
CARD_REFUSALS: Final[Mapping[int | str | None, type[RefundRefused]]] = {
    901: GatewayHasLess,
    902: VoidDeclined,
    903: AlreadyReleased,
    904: CardNotUsable,
}
_POUNDS = (None, "", "GBP")
_OVER = (PaymentStatus.FAILED, PaymentStatus.CANCELLED, TransactionStatus.ERROR)
_NEW_REFERENCE = "refund it again under a new reference"


@dataclass(frozen=True, slots=True)
class _Directed(Choice):
    """A choice with the card or bank account it pays to, and our own one that it pays from."""

    paid_to: str | None
    paid_from: str | None


@dataclass
class Refunding:
    """One refund on the way: which step it is at, and the ids of what it is about.

    `most_pence` is what a row that asks for all that is left may take at most, `deed` what is
    asked for, where it is not simply the money back.
    """

    runtime: Runtime
    row: RefundRow
    batch_id: str
    calendar: BankingCalendar
    most_pence: int
    deed: Deed | None = None
    step: str = PAYMENT
    record_ids: dict[str, str] = field(default_factory=dict)

    async def run(self) -> Progress:
        """Take every step that is left. Errors of our set-up and of our own code propagate."""
        try:
            refund = await self._held()
            self.record_ids["payment"] = refund.item_id
            self.step = PAY_BACK
            told = await self._paid_back(refund)
        except RefundRefused as error:
            ids = dict(self.record_ids)
            return Progress(RowState.REFUSED, self.step, error.slug, str(error), ids)
        except (RowStopped, OperationError, InvalidRequest) as error:
            return stopped(error, self.step, self.record_ids)
        return Progress(RowState.SUCCEEDED, message=told, record_ids=dict(self.record_ids))

    # --- Which payment, by which rail ---------------------------------------------------------

    async def _held(self) -> Refund:
        """The refund with its pence held: the one decided before, or one decided now."""
        journal, row = self.runtime.journal, self.row
        known = await journal.database.run(journal.refunds.find, row.reference)
        if known is not None:
            return await self._still_allowed(await self._as_asked(known))
        payment, item = await self.seen()
        self.step = RAIL
        wanted = await self._decided(payment, item)
        self.step = HOLD
        return await journal.database.run(journal.refunds.hold, wanted, journal.clock.now())

    async def seen(self) -> tuple[Payment, Item]:
        """The payment as it now stands, and what the ledger knows of it by that."""
        payment = await self._payment()
        self.record_ids["payment"] = payment.id
        return payment, await self._told_to_the_ledger(payment)

    async def _as_asked(self, known: Refund) -> Refund:
        """What stands under the reference, if it is what this row asks for."""
        journal, row = self.runtime.journal, self.row
        item = await journal.database.run(journal.ledger.get, known.item_id)
        if row.payment is not None and not await self._is_called(row.payment, item.id):
            raise RefundConflict(known)
        if row.payment_reference not in (None, item.reference):
            raise RefundConflict(known)
        return as_asked(known, item.id, row.amount_pence, words_sha256(row))

    async def _is_called(self, name: str, payment_id: str) -> bool:
        """Whether the payment goes by that id: in any case, a legacy one (section 1)."""
        if name.upper() == payment_id.upper():
            return True
        return (await self._read(get_payment, name)).id == payment_id

    async def _still_allowed(self, refund: Refund) -> Refund:
        """A held credit is judged again until it may have been sent: no gateway would refuse it.

        The payer may have claimed the money back meanwhile, or have moved. What is forbidden by
        now is taken back and released; raises its `RefundRefused` then.
        """
        if refund.rail is not Rail.CREDIT or refund.state is not RefundState.HELD:
            return refund
        refund = await self._dated(refund)
        if await self._may_be_sent_already(refund):
            return refund
        self.step = RAIL
        try:
            payment = await self._read(get_payment, self.row.payment or refund.item_id)
            item = await self._told_to_the_ledger(payment)
            choice = await self._choice(payment, item, besides=refund)
            if (choice.rail, choice.paid_to) != (refund.rail, refund.paid_to):
                raise PayerAccountChanged(item.id, "its mandate has another bank account by now")
        except RefundRefused:
            await self._take_back(refund)
            raise
        return refund

    async def _may_be_sent_already(self, refund: Refund) -> bool:
        """Whether its intent decides by now. One whose key is spent is looked up first."""
        intent = await self._intent(refund)
        if intent is not None and intent.state is State.UNKNOWN:
            now = self.runtime.clock.now()
            if not key_is_spent(intent.first_sent_at, intent.look_up, now):
                return True
            with suppress(GenerationMovedOn):  # nothing came of it: it would be sent anew
                await look_up(self.runtime, intent)
            intent = await self._intent(refund)
        return intent is not None and intent.state is not State.OPENED

    async def _take_back(self, refund: Refund) -> None:
        """Make sure that nothing is ever sent for it, then release it.

        Raises `RowStopped` where another run may be sending in this moment.
        """
        journal, now = self.runtime.journal, self.runtime.clock.now()
        wish = wish_for(
            self.runtime,
            get_operation(OPERATION_NAMES[refund.rail]),
            self._credit_request(refund),
            reference=refund.reference,
            id=None,
        )
        intent, _ = await journal.database.run(journal.intents.open, wish, now)
        why = "withdrawn: the rules no longer allow it"
        if not await journal.database.run(journal.intents.withdraw, intent.id, why, now):
            raise RowStopped(
                RowState.UNKNOWN, "another-run", "another run is paying it; resume the batch"
            )
        await self._release(refund, None)

    async def _payment(self) -> Payment:
        """The payment as it now stands at the provider, by its id or by our reference of it."""
        if self.row.payment is not None:
            return await self._read(get_payment, self.row.payment)
        reference = str(self.row.payment_reference)
        journal = self.runtime.journal
        known = await journal.database.run(journal.ledger.find, reference, TAKING)
        if len(known) == 1:
            payment = await self._read(get_payment, known[0].id)
            if payment.status not in _OVER:
                return payment
        listed = [
            payment
            for payment in await self._reading(list_payments(custom_reference=reference))
            # Checked here too: the provider ignores filters it does not know (section 6).
            if payment.custom_reference == reference
            and seen_payment(payment).kind is not ItemKind.CARD_REFUND
        ]
        if not listed:
            raise PaymentNotFound(
                reference, f"the provider has no payment {reference}; correct the reference"
            )
        # A failed payment and the one that presents it again may share a reference.
        standing = [payment for payment in listed if payment.status not in _OVER] or listed
        if len(standing) > 1:
            raise PaymentAmbiguous(reference, [payment.id for payment in standing])
        return standing[0]

    async def _told_to_the_ledger(self, payment: Payment) -> Item:
        """What the ledger knows of it now; refused where that contradicts the provider."""
        if payment.currency_code not in _POUNDS:
            raise CardNotUsable(
                payment.id, f"{payment.id} is not in pounds; refund it in the portal"
            )
        if await see(self.runtime, [seen_payment(payment)]):
            raise RowStopped(
                RowState.NEEDS_ATTENTION,
                "ledger-doubt",
                f"the provider's record of {payment.id} contradicts what is known of it; see "
                "`smarterpay ledger check`",
            )
        journal = self.runtime.journal
        return await journal.database.run(journal.ledger.get, payment.id)

    async def _decided(self, payment: Payment, item: Item) -> NewRefund:
        """The rail, and all that is asked of the provider for it; raises a `RefundRefused`."""
        journal, row = self.runtime.journal, self.row
        choice = await self._choice(payment, item)
        if row.amount_pence is None and item.amount_pence > self.most_pence:
            raise AmountNotApproved(item.id, item.amount_pence, self.most_pence)
        # A refund is held before its operation is opened, so this intent is somebody else's.
        if await journal.database.run(
            journal.intents.find, row.reference, OPERATION_NAMES[choice.rail]
        ):
            raise ReferenceInUse(
                item.id,
                f"{row.reference} was used for something else; `smarterpay intent show "
                f"{row.reference}` says for what; use a new reference",
            )
        return NewRefund(
            reference=row.reference,
            item_id=item.id,
            # What is left when it is held counts, unless the rail gives back all or nothing.
            amount_pence=choice.amount_pence if choice.rail in WHOLE else row.amount_pence,
            rail=choice.rail,
            why=choice.why,
            words_sha256=words_sha256(row),
            paid_to=choice.paid_to,
            paid_from=choice.paid_from,
            pay_on=self._earliest() if choice.rail is Rail.CREDIT else None,
            batch_id=self.batch_id,
        )

    async def _choice(
        self, payment: Payment, item: Item, besides: Refund | None = None
    ) -> "_Directed":
        """The rail and its two ends, as things now stand; `besides` is held for this very row."""
        journal, now = self.runtime.journal, self.runtime.clock.now()
        account: PayerAccount | None = None
        paid_to, paid_from = item.card, None
        asked = self.row.amount_pence if besides is None else besides.amount_pence
        facts = await journal.database.run(journal.refunds.facts, item, asked)
        if besides is not None:
            facts = replace(facts, left_pence=facts.left_pence + besides.amount_pence)
        if is_settled_debit(facts) and facts.left_pence > 0 and payment.mandate:
            mandate = await self._read(get_mandate, payment.mandate)
            paid_to, paid_from = mandate.customer_bank_account, mandate.client_bank_account_id
            if paid_to:
                bank_account = await self._read(get_bank_account, paid_to)
                account = await payer_account(self.runtime, mandate, bank_account)
            facts = replace(facts, account=account)
        choice = choose_rail(facts, now, self.calendar, self.deed)
        return _Directed(
            choice.rail, choice.amount_pence, choice.why, paid_to or None, paid_from or None
        )

    # --- Paying it back -----------------------------------------------------------------------

    async def _paid_back(self, refund: Refund) -> str:
        """Have it happen once; what it came to, in words."""
        match refund.rail:
            case Rail.VOID | Rail.CANCEL_DEFERRED:
                told = await self._undone(refund)
            case Rail.CARD_REFUND:
                told = await self._refunded_to_card(refund)
            case Rail.CANCEL_PAYMENT:
                told = await self._cancelled(refund)
            case Rail.CREDIT:
                told = await self._credited(refund)
        return f"{in_pounds(refund.amount_pence)}, {WORDS[refund.rail]}: {refund.why}{told}"

    async def _undone(self, refund: Refund) -> str:
        """Void, or DeferredCancel: the payment itself ends as `cancelled` (section 11)."""
        row = self.row
        request: Request
        if refund.rail is Rail.VOID:
            request = TransactionVoid(
                related_payment_id=refund.item_id,
                custom_reference=row.reference,
                internal_payment_description=row.reason,
                metadata=row.metadata,
            )
        else:
            request = TransactionCancelDeferred(
                custom_reference=row.reference,
                internal_payment_description=row.reason,
                metadata=row.metadata,
            )
        undo = UNDOING[refund.rail]
        answer = (await self._asked(undo, refund, request, id=refund.paid_to)).record
        successful = answer.status == TransactionStatus.SUCCESSFUL
        if successful:
            await self._done(refund, refund.item_id)
        payment = await self._read_back(refund.item_id)
        await see(self.runtime, [seen_payment(payment)])
        if successful:
            return ""
        if payment.status == TransactionStatus.CANCELLED:
            await self._done(refund, refund.item_id)
            return ""
        if answer.status in NOT_PAID_BACK:
            raise await self._came_to_nothing(refund, None)
        raise self._still_pending()  # also by a word that we do not know

    async def _refunded_to_card(self, refund: Refund) -> str:
        request = TransactionRefund(
            amount=refund.amount_pence,
            related_payment_id=refund.item_id,
            custom_reference=self.row.reference,
            internal_payment_description=self.row.reason,
            metadata=self.row.metadata,
        )
        settled = await self._asked(refund_transaction, refund, request, id=refund.paid_to)
        answer = settled.record
        self.record_ids["refund"] = answer.id
        status = answer.status
        customer = await self._customer(refund)
        record = seen_transaction(
            answer, customer=customer, batch_id=self.batch_id, read_at=settled.read_at
        )
        if status == TransactionStatus.PENDING:
            payment = await self._read_back(answer.id)
            status, record = payment.status, seen_payment(payment, batch_id=self.batch_id)
        if status in NOT_PAID_BACK:
            await see(self.runtime, [record])
            raise await self._came_to_nothing(refund, answer.id)
        if status != TransactionStatus.SUCCESSFUL:
            await see(self.runtime, [record])
            raise self._still_pending()
        await self._done(refund, answer.id)
        await see(self.runtime, [record])
        return ""

    async def _cancelled(self, refund: Refund) -> str:
        """A PUT on the payment (section 7.7, `payment.put`)."""
        request = PaymentUpdate(status="cancelled")
        payment = (await self._asked(update_payment, refund, request, id=refund.item_id)).record
        # However old the answer is: what is cancelled stays so (section 11).
        await see(self.runtime, [seen_payment(payment)])
        if payment.status != PaymentStatus.CANCELLED:
            # Taken in and not yet acted on (section 4, 202): the answer that is kept stays so.
            payment = await self._read_back(refund.item_id)
            await see(self.runtime, [seen_payment(payment)])
        if payment.status != PaymentStatus.CANCELLED:
            raise RowStopped(
                RowState.UNKNOWN,
                "not-cancelled-yet",
                f"the provider took it in and shows the payment as {payment.status}; resume the "
                "batch, nothing is sent twice",
            )
        await self._done(refund, refund.item_id)
        return ""

    async def _credited(self, refund: Refund) -> str:
        """A Bacs credit to the bank account, not to the mandate (section 7.10).

        One on a mandate would fall with it, and on a cancelled mandate is recorded as cancelled
        with amount 0; to the account it reaches the payer whatever becomes of the mandate.
        """
        refund = await self._dated(refund)
        request = self._credit_request(refund)
        settled = await self._asked(create_credit, refund, request)
        credit = settled.record
        self.record_ids["refund"] = credit.id
        record = seen_credit(
            credit,
            asked_on=refund.pay_on,
            batch_id=self.batch_id,
            repays=refund.item_id,
            customer=await self._customer(refund),
            read_at=settled.read_at,
        )
        if credit.status in NOT_PAID_BACK:
            await see(self.runtime, [record])
            raise await self._came_to_nothing(refund, credit.id)
        await self._done(refund, credit.id)
        await see(self.runtime, [record])
        return _on_its_day(credit, refund)

    def _credit_request(self, refund: Refund) -> CreditCreate:
        return CreditCreate(
            description=self.row.reason,
            amount=refund.amount_pence,
            credit_date=_must(refund.pay_on),
            bank_account=refund.paid_to,
            client_bank_account_id=refund.paid_from,
            default_narrative=self.row.reference,
            reference=self.row.reference,
            metadata=self.row.metadata,
        )

    async def _dated(self, refund: Refund) -> Refund:
        """With a credit date that is not past (section 7.10), unless one may have been sent."""
        now = self.runtime.clock.now()
        if refund.pay_on is not None and refund.pay_on >= london_date(now):
            return refund
        if await self._may_have_been_sent(refund):
            return refund
        journal = self.runtime.journal
        return await journal.database.run(
            journal.refunds.redate, refund.reference, self._earliest()
        )

    # --- What came of it ----------------------------------------------------------------------

    async def _asked(
        self,
        operation: WriteOperation[RecordT],
        refund: Refund,
        request: Request,
        id: str | None = None,
    ) -> Settled[RecordT]:
        """The operation's record. A refusal is known to have done nothing: the hold is released.

        An outcome that is unknown, or a person's to decide, keeps it.
        """
        try:
            return await operation(request, reference=refund.reference, id=id)
        except OperationRefused as error:
            await self._release(refund, None)
            raise await self._refused(refund, error) from error
        except InvalidRequest:
            if await self._may_have_been_sent(refund):
                raise self._in_doubt(refund) from None
            await self._release(refund, None)
            raise
        except IntentConflict:
            raise self._in_doubt(refund) from None

    async def _refused(self, refund: Refund, error: OperationRefused) -> Exception:
        """What the provider's no means; the codes of the card host are open-ended (section 8)."""
        payment = refund.item_id
        if error.status is None:  # nothing was sent, and nothing will be
            return RowStopped(
                RowState.REFUSED,
                "given-up",
                f"{error.reason}: nothing was paid back; {_NEW_REFERENCE} if it is still wanted",
            )
        if refund.rail in WHOLE and await self._is_cancelled(payment):
            return PaymentCancelled(
                payment,
                f"{payment} was cancelled before by another way: there is nothing to give back",
            )
        if refund.rail is Rail.CANCEL_PAYMENT:
            return NotCancelled(
                payment,
                f"the provider does not cancel {payment} (any more): it may be submitted; "
                f"{_NEW_REFERENCE} when it is settled",
            )
        if refund.rail is not Rail.CREDIT:
            journal = self.runtime.journal
            body = await journal.database.run(journal.intents.answer, error.intent.id)
            found = CARD_REFUSALS.get(card_words(body or b"").code)
            if found is AlreadyReleased:
                return AlreadyReleased(payment, None)
            if found is not None:
                return found(payment, f"{_CARD_TEXTS[found].format(payment)}; {_NEW_REFERENCE}")
        return RowStopped(
            RowState.REFUSED,
            f"provider-{error.status}",
            f"the provider refused ({error.reason}) and nothing was paid back; mend the cause "
            f"and {_NEW_REFERENCE}",
        )

    async def _is_cancelled(self, payment_id: str) -> bool:
        """Whether the payment is, as just read; false where that cannot be told now."""
        try:
            payment = await get_payment(payment_id)
        except (ApiError, TransportError):
            return False
        await see(self.runtime, [seen_payment(payment)])
        return payment.status == PaymentStatus.CANCELLED

    async def _came_to_nothing(self, refund: Refund, record_id: str | None) -> RowStopped:
        await self._release(refund, record_id)
        return RowStopped(
            RowState.REFUSED,
            "refund-failed",
            f"the provider took it in and paid nothing back; {_NEW_REFERENCE}, or pay by hand",
        )

    def _still_pending(self) -> RowStopped:
        return RowStopped(
            RowState.WAITING,
            "refund-pending",
            "the gateway has it and has not finished; resume the batch later",
        )

    def _in_doubt(self, refund: Refund) -> RowStopped:
        """Other bytes stand under the reference than are asked for now: nothing is concluded."""
        return RowStopped(
            RowState.NEEDS_ATTENTION,
            "sent-otherwise",
            f"{refund.reference} was sent with other data before; see `smarterpay intent show "
            f"{refund.reference}`; its pence stay held",
        )

    async def _may_have_been_sent(self, refund: Refund) -> bool:
        """Whether anything was sent under the reference: an intent that was more than opened."""
        intent = await self._intent(refund)
        return intent is not None and intent.state is not State.OPENED

    async def _intent(self, refund: Refund) -> Intent | None:
        journal, operation = self.runtime.journal, OPERATION_NAMES[refund.rail]
        found = await journal.database.run(journal.intents.find, refund.reference, operation)
        return found[0] if found else None

    async def _done(self, refund: Refund, record_id: str) -> None:
        self.record_ids["refund"] = record_id
        journal = self.runtime.journal
        await journal.database.run(
            journal.refunds.done, refund.reference, record_id, journal.clock.now()
        )

    async def _release(self, refund: Refund, record_id: str | None) -> None:
        journal = self.runtime.journal
        await journal.database.run(
            journal.refunds.release, refund.reference, journal.clock.now(), record_id=record_id
        )

    async def _customer(self, refund: Refund) -> str | None:
        journal = self.runtime.journal
        return (await journal.database.run(journal.ledger.get, refund.item_id)).customer

    def _earliest(self) -> date:
        """The first day Bacs can pay on (section 10); the provider's stored date counts."""
        days = self.runtime.settings.processing_days
        return earliest_date(self.runtime.clock.now(), self.calendar, days)

    async def _read(self, operation: ReadOperation[RecordT], record_id: str) -> RecordT:
        """A record that the decision rests on; refused where the provider does not give it."""
        try:
            return await self._reading(operation(record_id))
        except Refused as error:
            raise PaymentNotFound(
                record_id,
                f"the provider does not give {record_id} ({error.status}); correct the payment",
            ) from None

    async def _read_back(self, payment_id: str) -> Payment:
        """A payment after something was sent for it: that it cannot be read refuses nothing."""
        try:
            return await self._reading(get_payment(payment_id))
        except Refused as error:
            raise RowStopped(
                RowState.UNKNOWN,
                "not-read-back",
                f"the provider took it in and does not give {payment_id} ({error.status}); resume "
                "the batch, nothing is sent twice",
            ) from None

    async def _reading(self, reading: Awaitable[T]) -> T:
        """A read that the provider does not answer now may be answered later: the row waits."""
        try:
            return await reading
        except (ApiError, TransportError) as error:
            if not error.retryable:
                raise
            raise RowStopped(
                RowState.WAITING,
                "provider-not-reached",
                f"a record could not be read ({type(error).__name__}); resume the batch later",
            ) from error


async def payment_read(runtime: Runtime, row: RefundRow) -> Item | None:
    """The payment of a row as the ledger now knows it, before anything is decided.

    None for one that cannot be found or told from others: the row's own turn says so. Raises
    `RowStopped` where the provider is not reached.
    """
    reading = Refunding(runtime, row, batch_id="", calendar=BankingCalendar(), most_pence=0)
    try:
        return (await reading.seen())[1]
    except RefundRefused:
        return None
    except RowStopped as stop:
        if stop.state is RowState.WAITING:
            raise
        return None


_CARD_TEXTS: Final[Mapping[type[RefundRefused], str]] = {
    GatewayHasLess: "the gateway has less left of {} than is asked for, and nothing was paid back",
    VoidDeclined: "the gateway does not void {} (any more), and nothing was given back; it can be "
    "refunded once it has cleared",
    CardNotUsable: "the gateway cannot use the card of {}, and nothing was paid back",
}


def words_sha256(row: RefundRow) -> str:
    """The digest of the texts that travel with a refund."""
    words = "\0".join((row.reason, row.metadata or ""))
    return hashlib.sha256(words.encode()).hexdigest()


def _on_its_day(credit: Credit, refund: Refund) -> str:
    day = credit.credit_date
    if day is None:
        return ""
    moved = "" if day == refund.pay_on else f" (asked for {refund.pay_on:%d %B %Y})"
    return f"; paid on {day:%d %B %Y}{moved}"


def _must(day: date | None) -> date:
    if day is None:
        raise RuntimeError("a refund by credit is held with the day it is paid on")
    return day
