"""The 61 operations of both APIs as data; knows no model, no HTTP and no caller.

How section 6 of the reference gives 61. Per service, one operation for each verb of its row:

    account validation 2, API request 1, bank account 5 (DELETE is `disable`), card 1,
    client bank account 3 (with by-SUN), credit 5 (with bulk), customer account 4,
    ecommerce branding 1, ecommerce page setup 1, mandate 4, modulus check 1,
    outbound message 3 (with resend), payment 5 (with bulk), payment re-present 1,
    payment link 4, recurrence schedule 5, service user number 2, submission 2,
    submission line 2, bank account check 2                                     = 54
    card host: register, refund, void, repeat, release deferred,
    cancel deferred, release authorised                                         =  7

Provenance is that of the call itself, method and path. A list whose URL the reference assumes is
A although the service is D; assumed envelopes and values stand in `assumptions.py`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Literal

from smarterpay.api import assumptions

Provenance = Literal["D", "R", "A"]


class Effect(StrEnum):
    """What a call does on the provider's side."""

    READ = "read"
    CHECK = "check"
    """A POST that asks a question and creates no record of ours to reconcile."""
    WRITE = "write"


@dataclass(frozen=True, slots=True)
class Operation:
    """One call of either API.

    `path` is relative to the base of its `api`, `{id}` stands for the record's id (the SUN for
    `client_bank_account.by_sun`). `section` is that of the reference. `resource` is the
    attribute on the client, `task` the name of the Prefect task.
    """

    name: str
    method: str
    path: str
    api: Literal["cloud", "card"]
    effect: Effect
    request_envelope: str | None
    answer_envelope: str | None
    paged: bool
    provenance: Provenance
    section: str
    resource: str
    task: str

    @property
    def takes_id(self) -> bool:
        """Whether the path names one record."""
        return "{id}" in self.path

    @property
    def takes_key(self) -> bool:
        """Whether the platform reads an idempotency key on it: POST and PUT only (section 2)."""
        return self.method in {"POST", "PUT"}

    @property
    def repeatable(self) -> bool:
        """Whether it may be sent again without a key: GET and DELETE (section 4)."""
        return self.method in {"GET", "DELETE"}


def get_operation(name: str) -> Operation:
    """The operation called `name`; raises `KeyError` that names near misses."""
    try:
        return OPERATIONS[name]
    except KeyError:
        near = get_close_matches(name, OPERATIONS, n=3)
        hint = f"; did you mean {' or '.join(near)}?" if near else ""
        raise KeyError(f"no operation is called {name!r}{hint}") from None


@dataclass(frozen=True, slots=True)
class _Service:
    """One row of section 6: what its operations have in common."""

    singular: str
    plural: str
    path: str
    section: str
    one: str
    many: str | None = None
    request: str | None = None
    list_path: str | None = None
    list_provenance: Provenance = "D"

    def create(self, effect: Effect = Effect.WRITE) -> Operation:
        return self.call("create", "POST", self.path, effect, request=self.request)

    def get(self) -> Operation:
        return self.call("get", "GET", f"{self.path}/{{id}}", Effect.READ)

    def update(self) -> Operation:
        return self.call("update", "PUT", f"{self.path}/{{id}}", Effect.WRITE, request=self.request)

    def disable(self) -> Operation:
        return self.call("disable", "DELETE", f"{self.path}/{{id}}", Effect.WRITE)

    def list(self) -> Operation:
        return self.call(
            "list",
            "GET",
            self.list_path or self.path,
            Effect.READ,
            answer=self.many,
            paged=True,
            provenance=self.list_provenance,
            task=f"list_{self.plural}",
        )

    def bulk_create(self) -> Operation:
        return self.call(
            "bulk_create",
            "POST",
            self.list_path or self.path,
            Effect.WRITE,
            request=assumptions.BULK_REQUEST.value[self.singular],
            answer=assumptions.BULK_ANSWER.value,
            provenance="A",
            section="7.9",
            task=f"bulk_create_{self.plural}",
        )

    def call(
        self,
        verb: str,
        method: str,
        path: str,
        effect: Effect,
        *,
        request: str | None = None,
        answer: str | None = None,
        paged: bool = False,
        provenance: Provenance = "D",
        section: str | None = None,
        task: str | None = None,
    ) -> Operation:
        return Operation(
            name=f"{self.singular}.{verb}",
            method=method,
            path=path,
            api="cloud",
            effect=effect,
            request_envelope=request,
            answer_envelope=answer or self.one,
            paged=paged,
            provenance=provenance,
            section=section or self.section,
            resource=self.plural,
            task=task or f"{verb}_{self.singular}",
        )


_LISTS = assumptions.LIST_PATHS.value
_MANY = assumptions.LIST_ENVELOPES.value
_ASKS = assumptions.SINGLE_ENVELOPES.value["request"]
_ANSWERS = assumptions.SINGLE_ENVELOPES.value["answer"]


def _cloud() -> Iterator[Operation]:
    """Section 6, in its order."""
    validation = _Service(
        "account_validation",
        "account_validations",
        "/accountvalidation",
        "7.3",
        one="account_validation",
        request="account_validation",
    )
    yield from (validation.create(), validation.get())

    yield _Service(
        "api_request", "api_requests", "/apirequest", "7.9", one=_ANSWERS["api_request"]
    ).get()

    account = _Service(
        "bank_account",
        "bank_accounts",
        "/bankaccount",
        "7.2",
        one="bank_account",
        many="bank_accounts",
        request="bank_account",
        list_path="/bankaccounts",
    )
    yield from (account.create(), account.update(), account.get())
    yield from (account.disable(), account.list())

    yield _Service("card", "cards", "/cards", "7.15", one="cards", many="cards").list()
    yield from _client_bank_account()
    yield from _credit()

    customer = _Service(
        "customer_account",
        "customer_accounts",
        "/customeraccount",
        "7.1",
        one=_ANSWERS["customer_account"],
        many=_MANY["customer_account"],
        request="Customer_Account",
        list_path=_LISTS["customer_account"],
        list_provenance="A",
    )
    yield from (customer.create(), customer.get(), customer.update(), customer.list())

    yield _Service(
        "ecommerce_branding", "ecommerce_brandings", "/ecommercebranding", "7.16", one="branding"
    ).get()
    yield _Service(
        "ecommerce_page_setup",
        "ecommerce_page_setups",
        "/ecommercepagesetup",
        "7.16",
        one="ecommerce_setup",
    ).get()
    yield from _mandate()

    yield _Service(
        "modulus_check",
        "modulus_checks",
        "/moduluscheck",
        "7.4",
        one=_ANSWERS["modulus_check"],
        request="Modulus_Check",
    ).create(Effect.CHECK)
    yield from _outbound_message()
    yield from _payment()

    link = _Service(
        "payment_link",
        "payment_links",
        "/paymentlink",
        "7.12",
        one="payment_link",
        many=_MANY["payment_link"],
        request="payment_link",
        list_path=_LISTS["payment_link"],
        list_provenance="A",
    )
    yield from (link.create(), link.get(), link.update(), link.list())
    yield from _recurrence_schedule()

    number = _Service(
        "service_user_number",
        "service_user_numbers",
        "/serviceusernumber",
        "7.6",
        one="Service_User_Number",
        many="Service_User_Number",
    )
    yield from (number.get(), number.list())
    yield from _submissions()

    check = _Service(
        "bank_account_check",
        "bank_account_checks",
        "/bankaccountcheck",
        "7.17",
        one="bank_account_check",
        request="bank_account_check",
    )
    yield from (check.create(Effect.CHECK), check.get())


def _client_bank_account() -> Iterator[Operation]:
    own = _Service(
        "client_bank_account",
        "client_bank_accounts",
        "/clientbankaccount",
        "7.6",
        one="Client_Bank_Accounts",
        many=assumptions.CLIENT_BANK_ACCOUNT_LIST.value,
    )
    yield from (own.get(), own.list())
    yield own.call(
        "by_sun",
        "GET",
        assumptions.CLIENT_BANK_ACCOUNT_BY_SUN.value,
        Effect.READ,
        provenance="A",
        task="get_client_bank_account_by_sun",
    )


def _credit() -> Iterator[Operation]:
    credit = _Service(
        "credit",
        "credits",
        "/credit",
        "7.10",
        one="credit",
        many="credits",
        request=_ASKS["credit"],
        list_path=_LISTS["credit"],
        list_provenance="A",
    )
    yield from (credit.create(), credit.bulk_create(), credit.get())
    yield from (credit.update(), credit.list())


def _mandate() -> Iterator[Operation]:
    mandate = _Service(
        "mandate",
        "mandates",
        "/mandate",
        "7.5",
        one="Mandate",
        many=_MANY["mandate"],
        request=_ASKS["mandate"],
        list_path=_LISTS["mandate"],
        list_provenance="A",
    )
    yield from (mandate.create(), mandate.get(), mandate.update(), mandate.list())


def _outbound_message() -> Iterator[Operation]:
    message = _Service(
        "outbound_message",
        "outbound_messages",
        "/outboundmessage",
        "7.14",
        one="OutboundMessage",
        many=_MANY["outbound_message"],
        list_path="/outboundmessages",
    )
    yield from (message.get(), message.list())
    yield message.call(
        "resend", "POST", assumptions.MESSAGE_RESEND.value, Effect.WRITE, provenance="A"
    )


def _payment() -> Iterator[Operation]:
    payment = _Service(
        "payment",
        "payments",
        "/payment",
        "7.7",
        one=_ANSWERS["payment"],
        many=_MANY["payment"],
        request="payment",
        list_path=_LISTS["payment"],
        list_provenance="A",
    )
    yield from (payment.create(), payment.bulk_create(), payment.get())
    yield from (payment.update(), payment.list())
    yield payment.call(
        "represent",
        "POST",
        "/payment/{id}/represent",
        Effect.WRITE,
        request="payment",
        section="7.8",
    )


def _recurrence_schedule() -> Iterator[Operation]:
    schedule = _Service(
        "recurrence_schedule",
        "recurrence_schedules",
        "/recurrenceschedule",
        "7.11",
        one="recurrence_schedule",
        many=_MANY["recurrence_schedule"],
        request=_ASKS["recurrence_schedule"],
        list_path=_LISTS["recurrence_schedule"],
        list_provenance="A",
    )
    yield from (schedule.create(), schedule.get(), schedule.disable())
    yield from (schedule.update(), schedule.list())


def _submissions() -> Iterator[Operation]:
    submission = _Service(
        "submission",
        "submissions",
        "/submission",
        "7.13",
        one="submission",
        many="submissions",
        list_path="/submissions",
    )
    yield from (submission.get(), submission.list())
    line = _Service(
        "submission_line",
        "submission_lines",
        "/submissionline",
        "7.13",
        one="submissionLine",
        many="submissionLines",
        list_path="/submissionlines",
    )
    yield from (line.get(), line.list())


def _card() -> Iterator[Operation]:
    """Section 6's second table: flat JSON, the body's `payment_type` selects the operation."""
    tasks = {
        "register": "register_transaction",
        "refund": "refund_transaction",
        "void": "void_transaction",
        "repeat": "repeat_transaction",
        "release_deferred": "release_deferred_transaction",
        "cancel_deferred": "cancel_deferred_transaction",
        "release_authorised": "release_authorised_transaction",
    }
    for verb, task in tasks.items():
        yield Operation(
            name=f"transaction.{verb}",
            method="POST",
            path="" if verb == "register" else "/{id}",
            api="card",
            effect=Effect.WRITE,
            request_envelope=None,
            answer_envelope=None,
            paged=False,
            provenance="D",
            section="8",
            resource="transactions",
            task=task,
        )


OPERATIONS: Final[Mapping[str, Operation]] = MappingProxyType(
    {operation.name: operation for operation in (*_cloud(), *_card())}
)
"""All 61 operations by name, in the order of section 6."""
