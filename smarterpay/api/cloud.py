"""The Cloud API's client: its resources and the models of its 54 operations; knows no wire."""

from collections.abc import Mapping
from functools import cached_property
from types import MappingProxyType
from typing import ClassVar, Final

from smarterpay.api.client import ApiClient, Shape
from smarterpay.api.models.account_validation import AccountValidation, AccountValidationCreate
from smarterpay.api.models.api_request import ApiRequest
from smarterpay.api.models.bank_account import BankAccount, BankAccountCreate, BankAccountUpdate
from smarterpay.api.models.bank_account_check import BankAccountCheck, BankAccountCheckCreate
from smarterpay.api.models.card import Card, CardListQuery
from smarterpay.api.models.client_bank_account import ClientBankAccount
from smarterpay.api.models.credit import Credit, CreditBulkCreate, CreditCreate, CreditUpdate
from smarterpay.api.models.customer_account import (
    CustomerAccount,
    CustomerAccountCreate,
    CustomerAccountUpdate,
)
from smarterpay.api.models.ecommerce_branding import EcommerceBranding
from smarterpay.api.models.ecommerce_page_setup import EcommercePageSetup
from smarterpay.api.models.mandate import Mandate, MandateCreate, MandateUpdate
from smarterpay.api.models.modulus_check import ModulusCheck, ModulusCheckCreate
from smarterpay.api.models.outbound_message import OutboundMessage, OutboundMessageListQuery
from smarterpay.api.models.payment import (
    Payment,
    PaymentBulkCreate,
    PaymentCreate,
    PaymentRepresent,
    PaymentUpdate,
)
from smarterpay.api.models.payment_link import PaymentLink, PaymentLinkCreate, PaymentLinkUpdate
from smarterpay.api.models.recurrence_schedule import (
    RecurrenceSchedule,
    RecurrenceScheduleCreate,
    RecurrenceScheduleUpdate,
)
from smarterpay.api.models.service_user_number import ServiceUserNumber
from smarterpay.api.models.submission import Submission
from smarterpay.api.models.submission_line import SubmissionLine, SubmissionLineListQuery
from smarterpay.api.resources.accounts import (
    BankAccounts,
    ClientBankAccounts,
    CustomerAccounts,
    ServiceUserNumbers,
)
from smarterpay.api.resources.api_requests import ApiRequests
from smarterpay.api.resources.cards import Cards
from smarterpay.api.resources.checks import AccountValidations, BankAccountChecks, ModulusChecks
from smarterpay.api.resources.credits import Credits
from smarterpay.api.resources.direct_debit import Mandates, Payments, RecurrenceSchedules
from smarterpay.api.resources.ecommerce import (
    EcommerceBrandings,
    EcommercePageSetups,
    PaymentLinks,
)
from smarterpay.api.resources.outbound_messages import OutboundMessages
from smarterpay.api.resources.submissions import SubmissionLines, Submissions
from smarterpay.api.wire import CodedListQuery, ListQuery

SHAPES: Final[Mapping[str, Shape]] = MappingProxyType(
    {
        "account_validation.create": Shape(AccountValidationCreate, AccountValidation),
        "account_validation.get": Shape(None, AccountValidation),
        "api_request.get": Shape(None, ApiRequest),
        "bank_account.create": Shape(BankAccountCreate, BankAccount),
        "bank_account.update": Shape(BankAccountUpdate, BankAccount),
        "bank_account.get": Shape(None, BankAccount),
        "bank_account.disable": Shape(None, BankAccount),
        "bank_account.list": Shape(ListQuery, BankAccount),
        "card.list": Shape(CardListQuery, Card),
        "client_bank_account.get": Shape(None, ClientBankAccount),
        "client_bank_account.list": Shape(ListQuery, ClientBankAccount),
        "client_bank_account.by_sun": Shape(None, ClientBankAccount),
        "credit.create": Shape(CreditCreate, Credit),
        "credit.bulk_create": Shape(CreditBulkCreate, ApiRequest),
        "credit.get": Shape(None, Credit),
        "credit.update": Shape(CreditUpdate, Credit),
        "credit.list": Shape(CodedListQuery, Credit),
        "customer_account.create": Shape(CustomerAccountCreate, CustomerAccount),
        "customer_account.get": Shape(None, CustomerAccount),
        "customer_account.update": Shape(CustomerAccountUpdate, CustomerAccount),
        "customer_account.list": Shape(ListQuery, CustomerAccount),
        "ecommerce_branding.get": Shape(None, EcommerceBranding),
        "ecommerce_page_setup.get": Shape(None, EcommercePageSetup),
        "mandate.create": Shape(MandateCreate, Mandate),
        "mandate.get": Shape(None, Mandate),
        "mandate.update": Shape(MandateUpdate, Mandate),
        "mandate.list": Shape(CodedListQuery, Mandate),
        "modulus_check.create": Shape(ModulusCheckCreate, ModulusCheck),
        "outbound_message.get": Shape(None, OutboundMessage),
        "outbound_message.list": Shape(OutboundMessageListQuery, OutboundMessage),
        "outbound_message.resend": Shape(None, OutboundMessage),
        "payment.create": Shape(PaymentCreate, Payment),
        "payment.bulk_create": Shape(PaymentBulkCreate, ApiRequest),
        "payment.get": Shape(None, Payment),
        "payment.update": Shape(PaymentUpdate, Payment),
        "payment.list": Shape(CodedListQuery, Payment),
        "payment.represent": Shape(PaymentRepresent, Payment),
        "payment_link.create": Shape(PaymentLinkCreate, PaymentLink),
        "payment_link.get": Shape(None, PaymentLink),
        "payment_link.update": Shape(PaymentLinkUpdate, PaymentLink),
        "payment_link.list": Shape(ListQuery, PaymentLink),
        "recurrence_schedule.create": Shape(RecurrenceScheduleCreate, RecurrenceSchedule),
        "recurrence_schedule.get": Shape(None, RecurrenceSchedule),
        "recurrence_schedule.disable": Shape(None, RecurrenceSchedule),
        "recurrence_schedule.update": Shape(RecurrenceScheduleUpdate, RecurrenceSchedule),
        "recurrence_schedule.list": Shape(ListQuery, RecurrenceSchedule),
        "service_user_number.get": Shape(None, ServiceUserNumber),
        "service_user_number.list": Shape(ListQuery, ServiceUserNumber),
        "submission.get": Shape(None, Submission),
        "submission.list": Shape(ListQuery, Submission),
        "submission_line.get": Shape(None, SubmissionLine),
        "submission_line.list": Shape(SubmissionLineListQuery, SubmissionLine),
        "bank_account_check.create": Shape(BankAccountCheckCreate, BankAccountCheck),
        "bank_account_check.get": Shape(None, BankAccountCheck),
    }
)
"""The models of every operation of the Cloud API."""


class CloudClient(ApiClient):
    """The SmarterPay Cloud API: Direct Debit, credits, bank accounts, checks and links."""

    api = "cloud"
    shapes: ClassVar[Mapping[str, Shape]] = SHAPES

    @cached_property
    def account_validations(self) -> AccountValidations:
        """Open-banking ownership checks (section 7.3)."""
        return AccountValidations(self)

    @cached_property
    def api_requests(self) -> ApiRequests:
        """Bulk requests and their rows (section 7.9)."""
        return ApiRequests(self)

    @cached_property
    def bank_accounts(self) -> BankAccounts:
        """Bank accounts of payers and payees (section 7.2)."""
        return BankAccounts(self)

    @cached_property
    def bank_account_checks(self) -> BankAccountChecks:
        """Confirmation of Payee (section 7.17)."""
        return BankAccountChecks(self)

    @cached_property
    def cards(self) -> Cards:
        """Cards of payers (section 7.15)."""
        return Cards(self)

    @cached_property
    def client_bank_accounts(self) -> ClientBankAccounts:
        """The merchant's own accounts (section 7.6)."""
        return ClientBankAccounts(self)

    @cached_property
    def credits(self) -> Credits:
        """Bacs credits (section 7.10)."""
        return Credits(self)

    @cached_property
    def customer_accounts(self) -> CustomerAccounts:
        """Customers (section 7.1)."""
        return CustomerAccounts(self)

    @cached_property
    def ecommerce_brandings(self) -> EcommerceBrandings:
        """How pages look (section 7.16)."""
        return EcommerceBrandings(self)

    @cached_property
    def ecommerce_page_setups(self) -> EcommercePageSetups:
        """What pages ask for (section 7.16)."""
        return EcommercePageSetups(self)

    @cached_property
    def mandates(self) -> Mandates:
        """Direct Debit mandates (section 7.5)."""
        return Mandates(self)

    @cached_property
    def modulus_checks(self) -> ModulusChecks:
        """Checks of a sort code and account number (section 7.4)."""
        return ModulusChecks(self)

    @cached_property
    def outbound_messages(self) -> OutboundMessages:
        """Webhooks and e-mails the platform sent (section 7.14)."""
        return OutboundMessages(self)

    @cached_property
    def payments(self) -> Payments:
        """Collections, and their re-presentation (sections 7.7 and 7.8)."""
        return Payments(self)

    @cached_property
    def payment_links(self) -> PaymentLinks:
        """Links that let one customer pay (section 7.12)."""
        return PaymentLinks(self)

    @cached_property
    def recurrence_schedules(self) -> RecurrenceSchedules:
        """Schedules (section 7.11)."""
        return RecurrenceSchedules(self)

    @cached_property
    def service_user_numbers(self) -> ServiceUserNumbers:
        """Service user numbers (section 7.6)."""
        return ServiceUserNumbers(self)

    @cached_property
    def submissions(self) -> Submissions:
        """Files sent to Bacs (section 7.13)."""
        return Submissions(self)

    @cached_property
    def submission_lines(self) -> SubmissionLines:
        """The items of submissions (section 7.13)."""
        return SubmissionLines(self)
