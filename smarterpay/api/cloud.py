"""The Cloud API's client and its resources; knows no retries, no paging and no wire."""

from collections.abc import AsyncIterator, Iterable, Mapping
from datetime import datetime
from functools import cached_property
from types import MappingProxyType
from typing import Any, ClassVar, Final, Generic, Literal, TypeVar

from smarterpay.api.client import AUTO_KEY, ApiClient, IdempotencyKey, Resource, Shape
from smarterpay.api.models import (
    account_validation,
    bank_account,
    bank_account_check,
    client_bank_account,
    customer_account,
    mandate,
    modulus_check,
    recurrence_schedule,
    service_user_number,
)
from smarterpay.api.wire import LARGEST_PAGE, CodedListQuery, ListQuery, Record, ReferenceField

R = TypeVar("R", bound=Record)
SortOrder = Literal["asc", "desc"]

SHAPES: Final[Mapping[str, Shape]] = MappingProxyType(
    {
        "account_validation.create": Shape(
            account_validation.AccountValidationCreate, account_validation.AccountValidation
        ),
        "account_validation.get": Shape(None, account_validation.AccountValidation),
        "bank_account.create": Shape(bank_account.BankAccountCreate, bank_account.BankAccount),
        "bank_account.update": Shape(bank_account.BankAccountUpdate, bank_account.BankAccount),
        "bank_account.get": Shape(None, bank_account.BankAccount),
        "bank_account.disable": Shape(None, bank_account.BankAccount),
        "bank_account.list": Shape(ListQuery, bank_account.BankAccount),
        "client_bank_account.get": Shape(None, client_bank_account.ClientBankAccount),
        "client_bank_account.list": Shape(ListQuery, client_bank_account.ClientBankAccount),
        "client_bank_account.by_sun": Shape(None, client_bank_account.ClientBankAccount),
        "customer_account.create": Shape(
            customer_account.CustomerAccountCreate, customer_account.CustomerAccount
        ),
        "customer_account.get": Shape(None, customer_account.CustomerAccount),
        "customer_account.update": Shape(
            customer_account.CustomerAccountUpdate, customer_account.CustomerAccount
        ),
        "customer_account.list": Shape(ListQuery, customer_account.CustomerAccount),
        "mandate.create": Shape(mandate.MandateCreate, mandate.Mandate),
        "mandate.get": Shape(None, mandate.Mandate),
        "mandate.update": Shape(mandate.MandateUpdate, mandate.Mandate),
        "mandate.list": Shape(CodedListQuery, mandate.Mandate),
        "modulus_check.create": Shape(modulus_check.ModulusCheckCreate, modulus_check.ModulusCheck),
        "recurrence_schedule.create": Shape(
            recurrence_schedule.RecurrenceScheduleCreate, recurrence_schedule.RecurrenceSchedule
        ),
        "recurrence_schedule.get": Shape(None, recurrence_schedule.RecurrenceSchedule),
        "recurrence_schedule.disable": Shape(None, recurrence_schedule.RecurrenceSchedule),
        "recurrence_schedule.update": Shape(
            recurrence_schedule.RecurrenceScheduleUpdate, recurrence_schedule.RecurrenceSchedule
        ),
        "recurrence_schedule.list": Shape(ListQuery, recurrence_schedule.RecurrenceSchedule),
        "service_user_number.get": Shape(None, service_user_number.ServiceUserNumber),
        "service_user_number.list": Shape(ListQuery, service_user_number.ServiceUserNumber),
        "bank_account_check.create": Shape(
            bank_account_check.BankAccountCheckCreate, bank_account_check.BankAccountCheck
        ),
        "bank_account_check.get": Shape(None, bank_account_check.BankAccountCheck),
    }
)
"""The models of every operation that is built; the others have none yet."""

REFERENCE_FIELDS: Final[Mapping[str, ReferenceField]] = MappingProxyType(
    {
        "account_validation.create": account_validation.REFERENCE,
        "bank_account.create": bank_account.REFERENCE,
        "customer_account.create": customer_account.REFERENCE,
        "mandate.create": mandate.REFERENCE,
        "recurrence_schedule.create": recurrence_schedule.REFERENCE,
    }
)
"""Where our reference travels on each operation that creates a record."""


class ReadResource(Resource, Generic[R]):
    """A resource whose records can be read one by one."""

    record: type[R]

    async def get(self, record_id: str, /) -> R:
        """One record; raises `NotFound` where there is none with that id."""
        return await self._call("get", self.record, record_id=record_id)


class ListedResource(ReadResource[R]):
    """A resource whose records can be listed."""

    def list(
        self,
        *,
        status: str | Iterable[str] | None = None,
        created_from: datetime | None = None,
        created_to: datetime | None = None,
        custom_reference: str | None = None,
        id: str | None = None,
        sort_field: str | None = None,
        sort_order: SortOrder | None = None,
        limit: int = LARGEST_PAGE,
    ) -> AsyncIterator[R]:
        """Every matching record, page after page of `limit` (1 to 500) records (section 6).

        Several states may be given. The times are aware and bound `created_at`. Filters match
        exactly; the platform ignores those a resource does not have.
        """
        return self._pages(
            self.record,
            ListQuery(
                **_given(
                    status=status,
                    created_from=created_from,
                    created_to=created_to,
                    custom_reference=custom_reference,
                    id=id,
                    sort_field=sort_field,
                    sort_order=sort_order,
                    limit=limit,
                )
            ),
        )


class AccountValidations(ReadResource[account_validation.AccountValidation]):
    """Open-banking ownership checks (section 7.3)."""

    name = "account_validation"
    record = account_validation.AccountValidation

    async def create(
        self,
        request: account_validation.AccountValidationCreate,
        /,
        *,
        idempotency_key: IdempotencyKey = AUTO_KEY,
    ) -> account_validation.AccountValidation:
        """Start a validation; its result comes later and is read by `get`."""
        return await self._call("create", self.record, request, idempotency_key=idempotency_key)


class BankAccounts(ListedResource[bank_account.BankAccount]):
    """Bank accounts of payers and payees (section 7.2)."""

    name = "bank_account"
    record = bank_account.BankAccount

    async def create(
        self,
        request: bank_account.BankAccountCreate,
        /,
        *,
        idempotency_key: IdempotencyKey = AUTO_KEY,
    ) -> bank_account.BankAccount:
        """Create an account; `Refused` with a fault on `account_number` if the check fails."""
        return await self._call("create", self.record, request, idempotency_key=idempotency_key)

    async def update(
        self,
        record_id: str,
        request: bank_account.BankAccountUpdate,
        /,
        *,
        idempotency_key: IdempotencyKey = AUTO_KEY,
    ) -> bank_account.BankAccount:
        """Enable or disable an account."""
        return await self._call(
            "update", self.record, request, record_id=record_id, idempotency_key=idempotency_key
        )

    async def disable(self, record_id: str, /) -> bank_account.BankAccount:
        """Disable an account (DELETE erases nothing); repeating it changes nothing."""
        return await self._call("disable", self.record, record_id=record_id)


class BankAccountChecks(ReadResource[bank_account_check.BankAccountCheck]):
    """Confirmation of Payee (section 7.17)."""

    name = "bank_account_check"
    record = bank_account_check.BankAccountCheck

    async def create(
        self,
        request: bank_account_check.BankAccountCheckCreate,
        /,
        *,
        idempotency_key: IdempotencyKey = AUTO_KEY,
    ) -> bank_account_check.BankAccountCheck:
        """Ask the payee's bank; a name that does not match is an answer, not an error."""
        return await self._call("create", self.record, request, idempotency_key=idempotency_key)


class ClientBankAccounts(ListedResource[client_bank_account.ClientBankAccount]):
    """The merchant's own accounts (section 7.6)."""

    name = "client_bank_account"
    record = client_bank_account.ClientBankAccount

    async def by_sun(self, sun: str, /) -> client_bank_account.ClientBankAccount:
        """The default account of a service user number."""
        return await self._call("by_sun", self.record, record_id=sun)


class CustomerAccounts(ListedResource[customer_account.CustomerAccount]):
    """Customers (section 7.1)."""

    name = "customer_account"
    record = customer_account.CustomerAccount

    async def create(
        self,
        request: customer_account.CustomerAccountCreate,
        /,
        *,
        idempotency_key: IdempotencyKey = AUTO_KEY,
    ) -> customer_account.CustomerAccount:
        """Create a customer."""
        return await self._call("create", self.record, request, idempotency_key=idempotency_key)

    async def update(
        self,
        record_id: str,
        request: customer_account.CustomerAccountUpdate,
        /,
        *,
        idempotency_key: IdempotencyKey = AUTO_KEY,
    ) -> customer_account.CustomerAccount:
        """Change what is set, clear what is set to `None`, leave the rest."""
        return await self._call(
            "update", self.record, request, record_id=record_id, idempotency_key=idempotency_key
        )


class Mandates(ListedResource[mandate.Mandate]):
    """Direct Debit mandates (section 7.5)."""

    name = "mandate"
    record = mandate.Mandate

    async def create(
        self,
        request: mandate.MandateCreate,
        /,
        *,
        idempotency_key: IdempotencyKey = AUTO_KEY,
    ) -> mandate.Mandate:
        """Create a mandate on an enabled bank account."""
        return await self._call("create", self.record, request, idempotency_key=idempotency_key)

    async def update(
        self,
        record_id: str,
        request: mandate.MandateUpdate,
        /,
        *,
        idempotency_key: IdempotencyKey = AUTO_KEY,
    ) -> mandate.Mandate:
        """Change a mandate; cancelling it cancels its pending payments and its schedules."""
        return await self._call(
            "update", self.record, request, record_id=record_id, idempotency_key=idempotency_key
        )

    def list(
        self,
        *,
        status: str | Iterable[str] | None = None,
        created_from: datetime | None = None,
        created_to: datetime | None = None,
        custom_reference: str | None = None,
        id: str | None = None,
        sort_field: str | None = None,
        sort_order: SortOrder | None = None,
        limit: int = LARGEST_PAGE,
        transaction_code: str | None = None,
    ) -> AsyncIterator[mandate.Mandate]:
        """As every list, with a Bacs `transaction_code` such as `0N` besides."""
        return self._pages(
            self.record,
            CodedListQuery(
                **_given(
                    status=status,
                    created_from=created_from,
                    created_to=created_to,
                    custom_reference=custom_reference,
                    id=id,
                    sort_field=sort_field,
                    sort_order=sort_order,
                    limit=limit,
                    transaction_code=transaction_code,
                )
            ),
        )


class ModulusChecks(Resource):
    """Checks of a sort code and account number (section 7.4)."""

    name = "modulus_check"

    async def create(
        self,
        request: modulus_check.ModulusCheckCreate,
        /,
        *,
        idempotency_key: IdempotencyKey = AUTO_KEY,
    ) -> modulus_check.ModulusCheck:
        """Ask whether a pair is valid; an invalid one is an answer, not an error."""
        return await self._call(
            "create", modulus_check.ModulusCheck, request, idempotency_key=idempotency_key
        )


class RecurrenceSchedules(ListedResource[recurrence_schedule.RecurrenceSchedule]):
    """Schedules that collect regularly or in instalments (section 7.11)."""

    name = "recurrence_schedule"
    record = recurrence_schedule.RecurrenceSchedule

    async def create(
        self,
        request: recurrence_schedule.RecurrenceScheduleCreate,
        /,
        *,
        idempotency_key: IdempotencyKey = AUTO_KEY,
    ) -> recurrence_schedule.RecurrenceSchedule:
        """Create a schedule; the dates it answers may have moved to banking days."""
        return await self._call("create", self.record, request, idempotency_key=idempotency_key)

    async def update(
        self,
        record_id: str,
        request: recurrence_schedule.RecurrenceScheduleUpdate,
        /,
        *,
        idempotency_key: IdempotencyKey = AUTO_KEY,
    ) -> recurrence_schedule.RecurrenceSchedule:
        """Change an active schedule."""
        return await self._call(
            "update", self.record, request, record_id=record_id, idempotency_key=idempotency_key
        )

    async def disable(self, record_id: str, /) -> recurrence_schedule.RecurrenceSchedule:
        """Disable a schedule; repeating it changes nothing."""
        return await self._call("disable", self.record, record_id=record_id)


class ServiceUserNumbers(ListedResource[service_user_number.ServiceUserNumber]):
    """The SUNs a merchant collects under (section 7.6)."""

    name = "service_user_number"
    record = service_user_number.ServiceUserNumber


class CloudClient(ApiClient):
    """The SmarterPay Cloud API: Direct Debit, bank accounts and checks."""

    api = "cloud"
    shapes: ClassVar[Mapping[str, Shape]] = SHAPES

    @cached_property
    def account_validations(self) -> AccountValidations:
        """Open-banking ownership checks (section 7.3)."""
        return AccountValidations(self)

    @cached_property
    def bank_accounts(self) -> BankAccounts:
        """Bank accounts of payers and payees (section 7.2)."""
        return BankAccounts(self)

    @cached_property
    def bank_account_checks(self) -> BankAccountChecks:
        """Confirmation of Payee (section 7.17)."""
        return BankAccountChecks(self)

    @cached_property
    def client_bank_accounts(self) -> ClientBankAccounts:
        """The merchant's own accounts (section 7.6)."""
        return ClientBankAccounts(self)

    @cached_property
    def customer_accounts(self) -> CustomerAccounts:
        """Customers (section 7.1)."""
        return CustomerAccounts(self)

    @cached_property
    def mandates(self) -> Mandates:
        """Direct Debit mandates (section 7.5)."""
        return Mandates(self)

    @cached_property
    def modulus_checks(self) -> ModulusChecks:
        """Checks of a sort code and account number (section 7.4)."""
        return ModulusChecks(self)

    @cached_property
    def recurrence_schedules(self) -> RecurrenceSchedules:
        """Schedules (section 7.11)."""
        return RecurrenceSchedules(self)

    @cached_property
    def service_user_numbers(self) -> ServiceUserNumbers:
        """Service user numbers (section 7.6)."""
        return ServiceUserNumbers(self)


def _given(**arguments: Any) -> dict[str, Any]:
    """The arguments that were given: what was not is not a filter."""
    return {name: value for name, value in arguments.items() if value is not None}
