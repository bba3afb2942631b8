"""Refuses a payer's bank account by the provider's modulus check; creates no bank account."""

from flows.row_outcomes import RowStopped
from smarterpay.api.models.modulus_check import ModulusCheckCreate
from smarterpay.journal.batches import RowState
from tasks.modulus_checks import create_modulus_check


async def refuse_wrong_account(sort_code: str, account_number: str, *, reference: str) -> None:
    """Return if Direct Debits can be collected from the account (reference, section 7.4).

    Raises `RowStopped`, and the errors of `smarterpay.orchestration.outcome`.
    """
    request = ModulusCheckCreate(account_number=account_number, sort_code=sort_code)
    check = (await create_modulus_check(request, reference=reference)).record
    if not check.account_code_ok:
        raise RowStopped(
            RowState.REFUSED,
            "modulus-check-failed",
            "sort code and account number do not belong together; ask the customer for them",
        )
    if check.direct_debits is False or check.direct_debit_instruction_ok is False:
        raise RowStopped(
            RowState.REFUSED,
            "direct-debits-not-allowed",
            "the account does not take Direct Debits; ask the customer for another one",
        )
