"""How a Bacs credit comes into being (section 7.10); knows no request and no file."""

from datetime import date

from smarterpay.bacs import CreditStatus, MandateStatus
from smarterpay.sandbox.bacs_work.payments import CANCELLED_MANDATES
from smarterpay.sandbox.books.changes import Source, enter
from smarterpay.sandbox.http.answers import invalid
from smarterpay.sandbox.platform import Platform
from smarterpay.sandbox.records.accounts import BankAccount, ClientBankAccount, Mandate
from smarterpay.sandbox.records.items import Credit

CREDIT_CODE = "99"
"""The Bacs code of a credit (section 10, "Meaning of money codes")."""

_NEVER_USABLE = frozenset({MandateStatus.FAILED_VALIDATION, MandateStatus.EXPIRED})


def open_credit(
    platform: Platform,
    payee: BankAccount,
    payer: ClientBankAccount,
    *,
    amount: int,
    asked_date: date,
    description: str,
    source: Source,
    mandate: Mandate | None = None,
    default_narrative: str = "",
    reference: str = "",
    rti: str = "",
    submission_reference: str = "",
    metadata: str = "",
) -> Credit:
    """Enter a credit of `amount` pence to `payee`, with its create event.

    `asked_date` is moved as section 10 says. On a cancelled mandate it is recorded
    `cancelled` with amount 0. Raises `Refusal` (400) for an account that is disabled or may
    receive no credits, and for a mandate that can never be used again.
    """
    _check_payee(payee, "bank_account" if mandate is None else "auddis")
    cancelled = mandate is not None and mandate.dd_status in CANCELLED_MANDATES
    if mandate is not None and mandate.dd_status in _NEVER_USABLE:
        raise invalid("auddis", f"the mandate is {mandate.dd_status}")
    status = CreditStatus.CANCELLED if cancelled else CreditStatus.PENDING_SUBMISSION
    credit = Credit(
        id=platform.new_id("CR01"),
        created_at=platform.clock.stamp(),
        status=status.value,
        amount=0 if cancelled else amount,
        credit_date=platform.stored_date(asked_date).isoformat(),
        description=description,
        sun=payer.sun,
        client_bank_account_id=payer.id,
        bank_account=payee.id,
        default_narrative=default_narrative,
        reference=reference,
        auddis=mandate.auddis if mandate else "",
        mandate=mandate.id if mandate else "",
        customer_account=payee.customer_account,
        rti=rti,
        submission_reference=submission_reference,
        metadata=metadata,
    )
    enter(platform, credit, source)
    return credit


def credit_codes(credit: Credit) -> tuple[str, ...]:
    """The Bacs code a credit has, or will have while it may still be submitted."""
    return () if credit.status == CreditStatus.CANCELLED else (CREDIT_CODE,)


def _check_payee(payee: BankAccount, field: str) -> None:
    """Whether the account may receive; Credit Anti-Fraud keeps a new one closed (section 7.2)."""
    if not payee.enabled:
        raise invalid(field, "the bank account is disabled")
    if not payee.credits_allowed:
        raise invalid(field, "the bank account does not allow credits")
