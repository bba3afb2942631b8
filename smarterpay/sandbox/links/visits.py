"""What a payer brings about at the page of a link (section 7.12); knows neither route nor page."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

from smarterpay.bacs import (
    COLLECTABLE_MANDATES,
    CardPaymentStatus,
    PaymentLinkEvent,
    PaymentLinkStatus,
    ScheduleStatus,
)
from smarterpay.sandbox.bacs_work.mandate_references import check_reference, free_reference
from smarterpay.sandbox.bacs_work.schedule_work import DIRECT_DEBIT, take_up
from smarterpay.sandbox.books.changes import Source, enter, move
from smarterpay.sandbox.cards import completion as card_completion
from smarterpay.sandbox.cards.charges import CardFace, Wish, register
from smarterpay.sandbox.fixtures import GATEWAY_PROFILE
from smarterpay.sandbox.http.answers import Refusal, invalid
from smarterpay.sandbox.http.fields import Field, read_fields
from smarterpay.sandbox.links.page_rules import CARD, ONGOING, SKIP, payment_types
from smarterpay.sandbox.platform import Platform
from smarterpay.sandbox.records.accounts import (
    BankAccount,
    CustomerAccount,
    Mandate,
    RecurrenceSchedule,
)
from smarterpay.sandbox.records.links import EcommercePageSetup, PaymentLink
from smarterpay.sandbox.resources import (
    bank_accounts,
    client_bank_accounts,
    customer_accounts,
    mandates,
)
from smarterpay.sandbox.settings import CUSTOMER_STATUS
from smarterpay.sandbox.triggers import modulus_result

PAYER = {
    "email": "j.hetfield@example.com",
    "first_name": "J",
    "last_name": "Hetfield",
    "address_line1": "74 test street",
    "city": "testcity",
    "postal_code": "Q1 TEST",
}
PAYERS_BANK = {
    "account_name": "J Hetfield",
    "account_number": "75849855",
    "sort_code": "200052",
}
"""Who pays where the tester says nothing else: name and account of the samples."""
_CUSTOMER_FIELDS = tuple(one for one in customer_accounts.FIELDS if one.name in PAYER)
_BANK_FIELDS = tuple(one for one in bank_accounts.CREATE_FIELDS if one.name in PAYERS_BANK)
_MAX_SCHEDULE_DESCRIPTION = 44
_GOOD_ENOUGH = frozenset({CardPaymentStatus.SUCCESSFUL, CardPaymentStatus.PENDING})


@dataclass(frozen=True, slots=True)
class Visit:
    """What a payer fills in; what is left out is taken from `PAYER` and `PAYERS_BANK`.

    `amount` is in pence; `outcome` and `face` are those of the card form. `origin` is scheme
    and host of this sandbox, for the address of an account validation.
    """

    origin: str
    payment_type: str = ""
    customer: dict[str, Any] = field(default_factory=dict)
    bank_account: dict[str, Any] = field(default_factory=dict)
    amount: int | None = None
    outcome: str = ""
    face: CardFace | None = None


@dataclass(frozen=True, slots=True)
class Finished:
    """The ids of what a visit created, by kind; `done` unless a card payment came to nothing."""

    created: dict[str, str]
    done: bool
    return_url: str


def finish(
    platform: Platform, page: EcommercePageSetup, link: PaymentLink, visit: Visit
) -> Finished:
    """Create what the page is for, with the link's references and metadata (section 7.12).

    A single-use link is `completed` by it; a visit without a link brings one that is not in
    the books. Raises `Refusal` (400) for what the payer cannot have entered; then nothing was
    created.
    """
    if link.status != PaymentLinkStatus.ACTIVE:
        raise invalid("status", f"the payment link is {link.status}")
    types = payment_types(page)
    chosen = visit.payment_type or types[0]
    if chosen not in types:
        raise invalid("payment_type", f"must be one of {', '.join(types)}")
    till = _Till(platform, page, link, visit)
    if chosen == CARD:
        main, done = till.pay_by_card()
    else:
        main, done = till.set_up_debit(with_schedule=chosen == ONGOING), True
    known = platform.books.payment_links.get(link.id) is not None
    if known and done and page.single_use:
        move(platform, link, PaymentLinkEvent.FINISHED, Source.SMP)
    return Finished(till.created, done, _way_back(page, link, main))


class _Till:
    """One visit at one page: makes the records, and keeps the ids of those it `created`.

    Everything is checked before the first record is made.
    """

    def __init__(
        self, platform: Platform, page: EcommercePageSetup, link: PaymentLink, visit: Visit
    ) -> None:
        self._platform = platform
        self._books = platform.books
        self._page = page
        self._link = link
        self._visit = visit
        self._payer = _entered(_CUSTOMER_FIELDS, PAYER, visit.customer)
        self._bank = _entered(_BANK_FIELDS, PAYERS_BANK, visit.bank_account)
        self.created: dict[str, str] = {}

    def pay_by_card(self) -> tuple[str, bool]:
        """Register a card payment and complete its form; its id, and whether it is good."""
        link, visit = self._link, self._visit
        wish = Wish(
            payment_type="Ecommerce",
            amount=self._amount(),
            currency_code="GBP",
            custom_reference=link.card_payment_custom_reference,
            metadata=link.metadata_card,
            internal_payment_description=link.description or self._page.description,
        )
        customer = self._books.customer_accounts.get(link.customer_account)
        customer = customer or self._enter_customer()
        card, payment = register(self._platform, customer, GATEWAY_PROFILE, wish, Source.SMP)
        if card.session_token:
            card_completion.complete(self._platform, card, payment, visit.outcome, visit.face)
        self.created |= {"card": card.id, "payment": payment.id}
        return payment.id, payment.status in _GOOD_ENOUGH

    def set_up_debit(self, *, with_schedule: bool) -> str:
        """Customer, bank account, mandate and schedule, each used where the link names it.

        What it names may have been cancelled since the link was made.
        The id of what it is all for: the schedule, or the mandate.
        """
        link = self._link
        schedule = self._books.recurrence_schedules.get(link.recurrence_schedule)
        if schedule is not None:
            if schedule.status != ScheduleStatus.ACTIVE:
                raise invalid("recurrence_schedule", "the schedule is inactive")
            return schedule.id
        amount = self._amount() if with_schedule else 0
        mandate = self._books.mandates.get(link.mandate)
        if mandate is None:
            mandate = self._enter_mandate()
        elif mandate.dd_status not in COLLECTABLE_MANDATES:
            raise invalid("mandate", f"the mandate is {mandate.dd_status}")
        return self._enter_schedule(mandate, amount).id if with_schedule else mandate.id

    def _amount(self) -> int:
        """The link's amount; where it has none the payer's."""
        amount = self._visit.amount if self._link.amount is None else self._link.amount
        if amount is None:
            raise invalid("amount", "is mandatory: neither the link nor the payer names one")
        return amount

    def _enter_customer(self) -> CustomerAccount:
        customer = CustomerAccount(
            id=self._platform.new_id("CA01"),
            created_at=self._platform.clock.stamp(),
            status=CUSTOMER_STATUS,
            custom_reference=self._link.customer_custom_reference,
            metadata=self._link.metadata_customer_account,
            **self._payer,
        )
        enter(self._platform, customer, Source.SMP)
        self.created["customer_account"] = customer.id
        return customer

    def _bank_account(self) -> BankAccount:
        """The link's bank account, else the one entered, under the customer of link or page."""
        named = self._books.bank_accounts.get(self._link.bank_account)
        if named is not None:
            if not (named.enabled and named.debits_allowed):
                raise invalid("bank_account", "the bank account is disabled or allows no debits")
            return named
        modulus = modulus_result(self._bank["account_number"])
        if not (modulus.valid and modulus.debits):
            raise invalid("account_number", "fails the modulus check or takes no Direct Debits")
        customer_id = self._link.customer_account
        if not customer_id and self._page.customer_step != SKIP:
            customer_id = self._enter_customer().id
        account = bank_accounts.open_account(
            self._platform,
            account_number=self._bank["account_number"],
            sort_code=self._bank["sort_code"],
            account_name=self._bank["account_name"],
            customer_account=customer_id,
            custom_reference=self._link.bank_account_custom_reference,
            metadata=self._link.metadata_bank_account,
            source=Source.SMP,
        )
        self.created["bank_account"] = account.id
        return account

    def _enter_mandate(self) -> Mandate:
        """The mandate; a reference taken since the link was made gives way to a generated one."""
        platform, link = self._platform, self._link
        own = client_bank_accounts.named_or_default(platform, self._page.client_bank_account)
        if own is None:
            raise invalid("client_bank_account", "no such client bank account")
        account = self._bank_account()
        reference = link.auddis
        try:
            if reference:
                check_reference(platform, reference, own.sun, account)
        except Refusal:
            reference = ""
        validate = self._page.account_validation_required and platform.settings.account_validation
        mandate = mandates.open_mandate(
            platform,
            account,
            own,
            reference or free_reference(platform, own.sun, account),
            metadata=link.metadata_mandate,
            source=Source.SMP,
            validation_link_origin=self._visit.origin if validate else None,
            validation_metadata=link.metadata_account_validation or None,
        )
        self.created["mandate"] = mandate.id
        return mandate

    def _enter_schedule(self, mandate: Mandate, amount: int) -> RecurrenceSchedule:
        """The schedule of the page, with what the link overrides."""
        platform, page, link = self._platform, self._page, self._link
        asked = platform.earliest_date()
        if link.first_collection_date:
            asked = max(date.fromisoformat(link.first_collection_date), platform.today())
        first = link.first_collection_amount
        schedule = RecurrenceSchedule(
            id=platform.new_id("RS01"),
            created_at=platform.clock.stamp(),
            status=ScheduleStatus.ACTIVE.value,
            type=ONGOING,
            payment_type=DIRECT_DEBIT,
            amount=amount,
            first_collection_amount=amount if first is None else first,
            auddis=mandate.auddis,
            mandate=mandate.id,
            collection_period=page.collection_period,
            collection_stretch=page.collection_stretch,
            collection_day=page.collection_day if page.collection_period == "monthly" else "",
            description=(link.description or page.description)[:_MAX_SCHEDULE_DESCRIPTION],
            first_collection_date=asked.isoformat(),
            start_date=link.start_date or asked.isoformat(),
            first_stored_date=platform.stored_date(asked).isoformat(),
            custom_reference=link.recurrence_schedule_custom_reference,
            end_date=link.end_date,
            metadata=link.metadata_recurrence_schedule,
        )
        enter(platform, schedule, Source.SMP)
        take_up(platform, schedule)
        self.created["recurrence_schedule"] = schedule.id
        return schedule


def _entered(
    fields: tuple[Field, ...], usual: dict[str, str], entered: dict[str, Any]
) -> dict[str, str]:
    """What the payer entered over what is usual, checked as an API call is."""
    values = read_fields(usual | entered, fields, update=False, strict=True)
    return {one.name: values.text(one.name) for one in fields}


def _way_back(page: EcommercePageSetup, link: PaymentLink, record_id: str) -> str:
    """The `return_url` with what the platform appends: page and payment; empty for none."""
    if not link.return_url:
        return ""
    parts = urlsplit(link.return_url)
    appended = urlencode({"page": page.id, "payment": record_id})
    query = f"{parts.query}&{appended}" if parts.query else appended
    return urlunsplit(parts._replace(query=query))
