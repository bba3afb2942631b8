"""The four steps that onboard one customer, and what each refusal is called; no Prefect flow here.

customer account -> bank account validation -> mandate -> recurrence schedule. Each step finds
what an earlier run created, because each operation is an intent under the row's reference.
"""

from dataclasses import dataclass, field

from flows.modulus_refusals import refuse_wrong_account
from flows.row_outcomes import RowStopped, stopped
from smarterpay.api import InvalidRequest
from smarterpay.api.models.bank_account import BankAccount, BankAccountCreate
from smarterpay.api.models.bank_account_check import BankAccountCheckCreate, NameMatch
from smarterpay.api.models.customer_account import CustomerAccount, CustomerAccountCreate
from smarterpay.api.models.mandate import Mandate, MandateCreate, MandateStatus
from smarterpay.api.models.recurrence_schedule import RecurrenceScheduleCreate
from smarterpay.intake.customer_row import CustomerRow
from smarterpay.intake.staging import ValidationPolicy
from smarterpay.journal.batches import Progress, RowState
from smarterpay.orchestration.outcome import OperationError
from tasks.account_validations import get_account_validation
from tasks.bank_account_checks import create_bank_account_check
from tasks.bank_accounts import create_bank_account
from tasks.customer_accounts import create_customer_account
from tasks.mandates import create_mandate, get_mandate
from tasks.recurrence_schedules import create_recurrence_schedule

CUSTOMER_ACCOUNT = "customer account"
BANK_ACCOUNT_VALIDATION = "bank account validation"
MANDATE = "mandate"
RECURRENCE_SCHEDULE = "recurrence schedule"


#: Mandates a schedule can collect on (reference, section 7.7).
USABLE = frozenset(
    {
        MandateStatus.NEW_INSTRUCTION,
        MandateStatus.FIRST_COLLECTION,
        MandateStatus.ONGOING_COLLECTION,
    }
)
#: Characters of the name that Confirmation of Payee takes (reference, section 7.17).
CONFIRMATION_OF_PAYEE_NAME = 80
_PAYEE_REASONS = {
    "MBAM": "the name nearly matches",
    "ANNM": "the name does not match",
    "BANM": "a personal and a business account were mixed up",
    "PANM": "a personal and a business account were mixed up",
    "AC01": "there is no such account",
}


@dataclass
class Onboarding:
    """One customer on the way: which step it is at, and the ids of what stands already."""

    customer: CustomerRow
    policy: ValidationPolicy
    accepts_close_match: bool
    step: str = CUSTOMER_ACCOUNT
    record_ids: dict[str, str] = field(default_factory=dict)

    async def run(self) -> Progress:
        """Take every step that is left. Errors of our set-up and of our own code propagate."""
        try:
            await self._steps()
        except (RowStopped, OperationError, InvalidRequest) as error:
            return stopped(error, self.step, self.record_ids)
        return Progress(RowState.SUCCEEDED, record_ids=dict(self.record_ids))

    async def _steps(self) -> None:
        self.step = CUSTOMER_ACCOUNT
        customer_account = await self._customer_account()
        self.step = BANK_ACCOUNT_VALIDATION
        await refuse_wrong_account(
            self.customer.sort_code,
            self.customer.account_number,
            reference=self.customer.reference,
        )
        if self.policy.confirmation_of_payee:
            await self._confirm_payee()
        bank_account = await self._bank_account(customer_account)
        self.step = MANDATE
        mandate = await self._mandate(bank_account)
        self.step = RECURRENCE_SCHEDULE
        await self._recurrence_schedule(mandate)

    async def _customer_account(self) -> CustomerAccount:
        who = self.customer
        request = CustomerAccountCreate(
            email=who.email,
            title=who.title,
            first_name=who.first_name,
            last_name=who.last_name,
            company_name=who.company_name,
            address_line1=who.address_line1,
            address_line2=who.address_line2,
            city=who.city,
            postal_code=who.postal_code,
            country_code=who.country_code,
            custom_reference=who.reference,
            metadata=who.metadata,
        )
        created = (await create_customer_account(request, reference=who.reference)).record
        self.record_ids["customer_account"] = created.id
        return created

    async def _confirm_payee(self) -> None:
        who = self.customer
        request = BankAccountCheckCreate(
            account_name=who.account_name[:CONFIRMATION_OF_PAYEE_NAME],
            account_number=who.account_number,
            sort_code=who.sort_code,
            check_type=1,
            account_type=2 if who.company_name else 1,
        )
        check = (await create_bank_account_check(request, reference=who.reference)).record
        self.record_ids["bank_account_check"] = check.id
        answer = check.confirmation_of_payee
        if answer is None:
            raise RowStopped(
                RowState.WAITING,
                "confirmation-of-payee-missing",
                "Confirmation of Payee gave no result; look at the check in the portal",
            )
        if answer.result is True:
            return
        close = answer.name_match_result is NameMatch.CLOSE
        if close and self.accepts_close_match:
            return
        code = answer.reason_code or "no code"
        raise RowStopped(
            RowState.REFUSED,
            "confirmation-of-payee-close" if close else "confirmation-of-payee-failed",
            f"Confirmation of Payee: {_PAYEE_REASONS.get(code, 'no match')} ({code}); "
            "correct account_name with the customer",
        )

    async def _bank_account(self, customer_account: CustomerAccount) -> BankAccount:
        who = self.customer
        request = BankAccountCreate(
            account_number=who.account_number,
            sort_code=who.sort_code,
            account_name=who.account_name,
            customer_account=customer_account.id,
            custom_reference=who.reference,
            metadata=who.metadata,
        )
        created = (await create_bank_account(request, reference=who.reference)).record
        self.record_ids["bank_account"] = created.id
        return created

    async def _mandate(self, bank_account: BankAccount) -> Mandate:
        who = self.customer
        request = MandateCreate(
            customer_bank_account=bank_account.id,
            auddis=who.mandate_reference,
            account_validation=True if self.policy.open_banking else None,
            metadata=who.metadata,
        )
        mandate = (await create_mandate(request, reference=who.reference)).record
        self.record_ids["mandate"] = mandate.id
        if mandate.dd_status == MandateStatus.AWAIT_VALIDATION:
            # What was stored is what stood at creation; the customer may have signed in since.
            mandate = await get_mandate(mandate.id)
        if mandate.dd_status == MandateStatus.AWAIT_VALIDATION:
            raise await self._still_waiting(mandate)
        if mandate.dd_status not in USABLE:
            raise RowStopped(
                RowState.REFUSED,
                f"mandate-{str(mandate.dd_status).replace(' ', '-')}",
                f"the mandate is {mandate.dd_status}; no schedule can be put on it",
            )
        return mandate

    async def _still_waiting(self, mandate: Mandate) -> RowStopped:
        validation = None
        if mandate.account_validation_id:
            validation = await get_account_validation(mandate.account_validation_id)
        if validation is not None and validation.error_message:
            return RowStopped(
                RowState.WAITING,
                "account-validation-error",
                "the account validation had a technical fault; send the customer the link again",
            )
        return RowStopped(
            RowState.WAITING,
            "account-validation-pending",
            "the customer has not finished the account validation; resume the batch later",
        )

    async def _recurrence_schedule(self, mandate: Mandate) -> None:
        who = self.customer
        request = RecurrenceScheduleCreate(
            auddis=mandate.auddis,
            amount=who.amount_pence,
            first_collection_amount=who.first_collection_amount_pence,
            collection_period=who.collection_period,
            collection_stretch=who.collection_stretch,
            collection_day=who.collection_day,
            first_collection_date=who.first_collection_date,
            end_date=who.end_date,
            description=who.description,
            custom_reference=who.reference,
            metadata=who.metadata,
        )
        created = (await create_recurrence_schedule(request, reference=who.reference)).record
        self.record_ids["recurrence_schedule"] = created.id
