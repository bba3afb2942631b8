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
    customer_account,
    mandate,
    recurrence_schedule,
)
from smarterpay.api.models.account_validation import AccountValidation, AccountValidationCreate
from smarterpay.api.models.bank_account import BankAccount, BankAccountCreate, BankAccountUpdate
from smarterpay.api.models.bank_account_check import BankAccountCheck, BankAccountCheckCreate
from smarterpay.api.models.client_bank_account import ClientBankAccount
from smarterpay.api.models.customer_account import (
    CustomerAccount,
    CustomerAccountCreate,
    CustomerAccountUpdate,
)
from smarterpay.api.models.mandate import Mandate, MandateCreate, MandateUpdate
from smarterpay.api.models.modulus_check import ModulusCheck, ModulusCheckCreate
from smarterpay.api.models.recurrence_schedule import (
    RecurrenceSchedule,
    RecurrenceScheduleCreate,
    RecurrenceScheduleUpdate,
)
from smarterpay.api.models.service_user_number import ServiceUserNumber
from smarterpay.api.wire import (
    LARGEST_PAGE,
    CodedListQuery,
    ListQuery,
    Record,
    ReferenceField,
    Request,
    Update,
)

C = TypeVar("C", bound=Request)
U = TypeVar("U", bound=Update)
R = TypeVar("R", bound=Record)
SortOrder = Literal["asc", "desc"]

SHAPES: Final[Mapping[str, Shape]] = MappingProxyType(
    {
        "account_validation.create": Shape(AccountValidationCreate, AccountValidation),
        "account_validation.get": Shape(None, AccountValidation),
        "bank_account.create": Shape(BankAccountCreate, BankAccount),
        "bank_account.update": Shape(BankAccountUpdate, BankAccount),
        "bank_account.get": Shape(None, BankAccount),
        "bank_account.disable": Shape(None, BankAccount),
        "bank_account.list": Shape(ListQuery, BankAccount),
        "client_bank_account.get": Shape(None, ClientBankAccount),
        "client_bank_account.list": Shape(ListQuery, ClientBankAccount),
        "client_bank_account.by_sun": Shape(None, ClientBankAccount),
        "customer_account.create": Shape(CustomerAccountCreate, CustomerAccount),
        "customer_account.get": Shape(None, CustomerAccount),
        "customer_account.update": Shape(CustomerAccountUpdate, CustomerAccount),
        "customer_account.list": Shape(ListQuery, CustomerAccount),
        "mandate.create": Shape(MandateCreate, Mandate),
        "mandate.get": Shape(None, Mandate),
        "mandate.update": Shape(MandateUpdate, Mandate),
        "mandate.list": Shape(CodedListQuery, Mandate),
        "modulus_check.create": Shape(ModulusCheckCreate, ModulusCheck),
        "recurrence_schedule.create": Shape(RecurrenceScheduleCreate, RecurrenceSchedule),
        "recurrence_schedule.get": Shape(None, RecurrenceSchedule),
        "recurrence_schedule.disable": Shape(None, RecurrenceSchedule),
        "recurrence_schedule.update": Shape(RecurrenceScheduleUpdate, RecurrenceSchedule),
        "recurrence_schedule.list": Shape(ListQuery, RecurrenceSchedule),
        "service_user_number.get": Shape(None, ServiceUserNumber),
        "service_user_number.list": Shape(ListQuery, ServiceUserNumber),
        "bank_account_check.create": Shape(BankAccountCheckCreate, BankAccountCheck),
        "bank_account_check.get": Shape(None, BankAccountCheck),
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


class Created(Resource, Generic[C, R]):
    """A resource on which records are created from a `C`."""

    record: type[R]

    async def create(self, request: C, /, *, idempotency_key: IdempotencyKey = AUTO_KEY) -> R:
        """Create a record and return it as the platform stored it."""
        return await self._call("create", self.record, request, idempotency_key=idempotency_key)


class Read(Resource, Generic[R]):
    """A resource whose records are read one by one."""

    record: type[R]

    async def get(self, record_id: str, /) -> R:
        """One record; raises `NotFound` where there is none with that id."""
        return await self._call("get", self.record, record_id=record_id)


class Updated(Resource, Generic[U, R]):
    """A resource whose records are changed by a `U`."""

    record: type[R]

    async def update(
        self, record_id: str, request: U, /, *, idempotency_key: IdempotencyKey = AUTO_KEY
    ) -> R:
        """Change what is set, clear what is set to `None`, leave the rest (section 5)."""
        return await self._call(
            "update", self.record, request, record_id=record_id, idempotency_key=idempotency_key
        )


class Disabled(Resource, Generic[R]):
    """A resource whose records a DELETE disables."""

    record: type[R]

    async def disable(self, record_id: str, /) -> R:
        """Disable a record, which erases nothing; repeating it changes nothing."""
        return await self._call("disable", self.record, record_id=record_id)


class Listed(Resource, Generic[R]):
    """A resource whose records are listed."""

    record: type[R]

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
        to_the_end: bool = False,
    ) -> AsyncIterator[R]:
        """Every matching record, page after page of `limit` (1 to 500) records (section 6).

        A page shorter than `limit` is the last one; with `to_the_end`, only an empty one is.
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
            to_the_end=to_the_end,
        )


class AccountValidations(
    Created[AccountValidationCreate, AccountValidation], Read[AccountValidation]
):
    """Open-banking ownership checks (section 7.3): started here, their result comes later."""

    name = "account_validation"
    record = AccountValidation


class BankAccounts(
    Created[BankAccountCreate, BankAccount],
    Read[BankAccount],
    Updated[BankAccountUpdate, BankAccount],
    Disabled[BankAccount],
    Listed[BankAccount],
):
    """Bank accounts of payers and payees (section 7.2).

    A create is `Refused` with a fault on `account_number` where the modulus check fails.
    """

    name = "bank_account"
    record = BankAccount


class BankAccountChecks(Created[BankAccountCheckCreate, BankAccountCheck], Read[BankAccountCheck]):
    """Confirmation of Payee (section 7.17): a name that does not match is no error."""

    name = "bank_account_check"
    record = BankAccountCheck


class ClientBankAccounts(Read[ClientBankAccount], Listed[ClientBankAccount]):
    """The merchant's own accounts (section 7.6)."""

    name = "client_bank_account"
    record = ClientBankAccount

    async def by_sun(self, sun: str, /) -> ClientBankAccount:
        """The default account of a service user number."""
        return await self._call("by_sun", self.record, record_id=sun)


class CustomerAccounts(
    Created[CustomerAccountCreate, CustomerAccount],
    Read[CustomerAccount],
    Updated[CustomerAccountUpdate, CustomerAccount],
    Listed[CustomerAccount],
):
    """Customers (section 7.1)."""

    name = "customer_account"
    record = CustomerAccount


class Mandates(
    Created[MandateCreate, Mandate],
    Read[Mandate],
    Updated[MandateUpdate, Mandate],
    Listed[Mandate],
):
    """Direct Debit mandates (section 7.5).

    Cancelling one by an update cancels its pending payments and its schedules too.
    """

    name = "mandate"
    record = Mandate

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
        to_the_end: bool = False,
        transaction_code: str | None = None,
    ) -> AsyncIterator[Mandate]:
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
            to_the_end=to_the_end,
        )


class ModulusChecks(Created[ModulusCheckCreate, ModulusCheck]):
    """Checks of a sort code and account number (section 7.4): an invalid pair is no error."""

    name = "modulus_check"
    record = ModulusCheck


class RecurrenceSchedules(
    Created[RecurrenceScheduleCreate, RecurrenceSchedule],
    Read[RecurrenceSchedule],
    Updated[RecurrenceScheduleUpdate, RecurrenceSchedule],
    Disabled[RecurrenceSchedule],
    Listed[RecurrenceSchedule],
):
    """Schedules that collect regularly or in instalments (section 7.11)."""

    name = "recurrence_schedule"
    record = RecurrenceSchedule


class ServiceUserNumbers(Read[ServiceUserNumber], Listed[ServiceUserNumber]):
    """The SUNs a merchant collects under (section 7.6)."""

    name = "service_user_number"
    record = ServiceUserNumber


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
