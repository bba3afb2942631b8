"""Says whether the account a Direct Debit was collected from is still the one on record.

Account details are compared and never kept, shown or told; what it gives is a sign of a change.
"""

from smarterpay.api.models.bank_account import BankAccount
from smarterpay.api.models.mandate import Mandate
from smarterpay.bacs import Effect, reason_code
from smarterpay.money.refund_rails import PayerAccount
from smarterpay.orchestration.look_up_window import request_fields
from smarterpay.orchestration.runtime import Runtime

#: What a code does to the bank account of its mandate when the payer has moved (section 10).
_MOVING = (Effect.DETAILS_UPDATED, Effect.DETAILS_OR_DISABLED)


async def payer_account(runtime: Runtime, mandate: Mandate, account: BankAccount) -> PayerAccount:
    """What a refund has to know of the account of a mandate, both as just read.

    An account counts as changed where a report says so (the mandate's code, section 10), where it
    is no longer the one its mandate was made with (section 7.5: details are copied), or no longer
    the one that we created. An absent flag counts as yes: the provider has the last word.
    """
    return PayerAccount(
        enabled=account.enabled is not False,
        credits_allowed=account.credits_allowed is not False,
        change=await _change(runtime, mandate, account),
    )


async def _change(runtime: Runtime, mandate: Mandate, account: BankAccount) -> str | None:
    code = reason_code(mandate.bacs_code or "")
    if code is not None and code.bank_account in _MOVING:
        return f"report {code.code}"
    if _details(mandate.sort_code, mandate.account_number) not in (None, _of(account)):
        return "it differs from the mandate's"
    created = await _as_created(runtime, account)
    if created not in (None, _of(account)):
        return "it differs from the one created"
    return None


async def _as_created(runtime: Runtime, account: BankAccount) -> tuple[str, str] | None:
    """The details it was created with, where this journal created it."""
    journal = runtime.journal
    maker = await journal.database.run(
        journal.intents.maker_of, "bank_account.create", str(account.id)
    )
    if maker is None:
        return None
    body = await journal.database.run(journal.intents.request_body, maker.id)
    asked = request_fields(body)
    return _details(asked.get("sort_code"), asked.get("account_number"))


def _of(account: BankAccount) -> tuple[str, str] | None:
    return _details(account.sort_code, account.account_number)


def _details(sort_code: object, account_number: object) -> tuple[str, str] | None:
    if not sort_code or not account_number:
        return None
    return str(sort_code), str(account_number)
