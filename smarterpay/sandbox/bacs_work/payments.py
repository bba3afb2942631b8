"""How a Direct Debit payment comes into being (section 7.7); knows no request and no file."""

from collections.abc import Iterator
from datetime import date
from enum import StrEnum

from smarterpay.bacs import COLLECTABLE_MANDATES, MandateStatus, PaymentStatus
from smarterpay.sandbox.bacs_work.mandate_references import CORE_MOST
from smarterpay.sandbox.books.changes import Source, change, enter
from smarterpay.sandbox.http.answers import invalid
from smarterpay.sandbox.platform import Platform
from smarterpay.sandbox.records.accounts import Mandate
from smarterpay.sandbox.records.items import DIRECT_DEBIT, Payment

COUNTER_DIGITS = 4


class PaymentType(StrEnum):
    """`payment_type` of a Direct Debit payment (reference, section 7.7)."""

    FIRST = "first_collection"
    ONGOING = "ongoing_collection"
    FINAL = "final_collection"
    REPRESENT = "represent"


TRANSACTION_CODES = {
    PaymentType.FIRST: "01",
    PaymentType.ONGOING: "17",
    PaymentType.REPRESENT: "18",
    PaymentType.FINAL: "19",
}
"""The Bacs code of a payment (section 10, "Meaning of money codes")."""

CANCELLED_MANDATES = frozenset(
    {
        MandateStatus.CANCELLED,
        MandateStatus.CANCELLED_BY_PAYER,
        MandateStatus.CANCELLED_BY_ORIGINATOR,
    }
)
"""On these a payment or credit is recorded `cancelled` with amount 0 (sections 7.7, 7.10)."""

_FIRST_COLLECTING = frozenset({MandateStatus.NEW_INSTRUCTION, MandateStatus.FIRST_COLLECTION})


def open_payment(
    platform: Platform,
    mandate: Mandate,
    *,
    amount: int,
    asked_date: date,
    description: str,
    source: Source,
    custom_reference: str = "",
    metadata: str = "",
    recurrence_schedule: str = "",
    related_payment: str = "",
    payment_type: PaymentType | None = None,
    stored_on: date | None = None,
) -> Payment:
    """Enter a payment of `amount` pence on a mandate, with its create event.

    `asked_date` is moved as section 10 says unless `stored_on` is the date to store;
    `payment_type` is that of a last instalment or a re-presented one, None for the rule's.
    On a cancelled mandate it is recorded `cancelled` with amount 0. Raises `Refusal` (400)
    for a mandate on hold, in or failed at validation, or expired (section 7.7).
    """
    check_collectable(mandate)
    cancelled = mandate.dd_status in CANCELLED_MANDATES
    status = PaymentStatus.CANCELLED if cancelled else PaymentStatus.PENDING_SUBMISSION
    payment = Payment(
        id=platform.new_id("P01"),
        created_at=platform.clock.stamp(),
        status=status.value,
        amount=0 if cancelled else amount,
        collection_date=(stored_on or platform.stored_date(asked_date)).isoformat(),
        payment_type=collection_type(platform, mandate, payment_type).value,
        description=description,
        custom_reference=custom_reference,
        metadata=metadata,
        sun=mandate.sun,
        auddis=mandate.auddis,
        mandate=mandate.id,
        bank_account=mandate.customer_bank_account,
        users_reference=_users_reference(platform, mandate),
        related_payment=related_payment,
        customer_account=mandate.customer_account,
        recurrence_schedule=recurrence_schedule,
    )
    enter(platform, payment, source)
    return payment


def represent_payment(
    platform: Platform,
    original: Payment,
    mandate: Mandate,
    *,
    amount: int,
    asked_date: date,
    description: str,
    source: Source,
    custom_reference: str = "",
    metadata: str = "",
) -> Payment:
    """Enter a payment that presents a failed one again (section 7.8).

    The original stays `failed` and notes the new date. Raises `Refusal` (400) unless the
    original has failed, its mandate is active, and the setting `represent_max` leaves one.
    """
    check_unpaid(original)
    if mandate.dd_status not in COLLECTABLE_MANDATES:
        raise invalid("auddis", f"the mandate is {mandate.dd_status}")
    most = platform.settings.represent_max
    if most is not None and _times_represented(platform, original) >= most:
        raise invalid("status", f"a payment is presented again at most {most} times")
    payment = open_payment(
        platform,
        mandate,
        amount=amount,
        asked_date=asked_date,
        description=description,
        source=source,
        custom_reference=custom_reference,
        metadata=metadata,
        related_payment=original.id,
        payment_type=PaymentType.REPRESENT,
    )
    original.represented_collection_date = payment.collection_date
    change(platform, original, source)
    return payment


def check_unpaid(payment: Payment) -> None:
    """Raise `Refusal` (400) unless this is a failed Direct Debit (section 7.8, "target")."""
    if payment.record_type != DIRECT_DEBIT:
        raise invalid("record_type", "only a direct debit is presented again")
    if payment.status != PaymentStatus.FAILED:
        raise invalid("status", f"only a failed payment is presented again, not {payment.status}")


def check_collectable(mandate: Mandate, field: str = "auddis") -> None:
    """Raise `Refusal` (400) about `field` where a mandate takes no payment, not even in name."""
    status = MandateStatus(mandate.dd_status)
    if status not in COLLECTABLE_MANDATES and status not in CANCELLED_MANDATES:
        raise invalid(field, f"the mandate is {status.value}")


def collection_type(
    platform: Platform, mandate: Mandate, wanted: PaymentType | None = None
) -> PaymentType:
    """Which type a new payment of the mandate has as things stand (section 7.7, "which type").

    The first uncancelled payment of a mandate yet to be collected is a first collection even
    if it is the last instalment too; a re-presented one stays that.
    """
    if wanted is PaymentType.REPRESENT:
        return wanted
    if mandate.dd_status in _FIRST_COLLECTING and not any(
        other.status != PaymentStatus.CANCELLED
        for other in platform.books.payments.each_having("mandate", mandate.id)
    ):
        return PaymentType.FIRST
    return PaymentType.FINAL if wanted is PaymentType.FINAL else PaymentType.ONGOING


def transaction_codes(payment: Payment) -> tuple[str, ...]:
    """The Bacs code a payment has, or will have while it may still be submitted."""
    if payment.record_type != DIRECT_DEBIT or payment.status == PaymentStatus.CANCELLED:
        return ()
    return (TRANSACTION_CODES[PaymentType(payment.payment_type)],)


def _users_reference(platform: Platform, mandate: Mandate) -> str:
    """What Bacs carries: the mandate reference, or core and 4-digit counter (section 7.5).

    The counter runs per mandate over all payments that have one. A reference too long to be
    a core, given before the option was on, goes as it is.
    """
    if not platform.settings.core_reference or len(mandate.auddis) > CORE_MOST:
        return mandate.auddis
    counted = sum(
        other.users_reference != mandate.auddis
        for other in platform.books.payments.each_having("mandate", mandate.id)
    )
    number = counted % (10**COUNTER_DIGITS - 1) + 1
    return f"{mandate.auddis}{number:0{COUNTER_DIGITS}d}"


def _times_represented(platform: Platform, payment: Payment) -> int:
    """How often the first original of a payment was presented again, cancelled times aside."""
    table = platform.books.payments
    first = payment
    while (earlier := table.get(first.related_payment)) is not None:
        first = earlier
    return sum(later.status != PaymentStatus.CANCELLED for later in _descendants(platform, first))


def _descendants(platform: Platform, payment: Payment) -> Iterator[Payment]:
    """Every payment that presents this one again, directly or through another."""
    for later in platform.books.payments.having("related_payment", payment.id):
        yield later
        yield from _descendants(platform, later)
