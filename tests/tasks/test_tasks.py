"""Each of the 61 operations has its task, and each task does its operation for real."""

import pkgutil
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from importlib import import_module
from typing import Any

import pytest
from pydantic import BaseModel

import tasks
from smarterpay.api.card import CardClient
from smarterpay.api.catalogue import OPERATIONS, Effect, Operation
from smarterpay.api.cloud import CloudClient
from smarterpay.api.models.bank_account import BankAccountUpdate
from smarterpay.api.models.credit import CreditCreate, CreditUpdate
from smarterpay.api.models.customer_account import CustomerAccountUpdate
from smarterpay.api.models.mandate import MandateUpdate
from smarterpay.api.models.payment import PaymentCreate, PaymentUpdate
from smarterpay.api.models.payment_link import PaymentLinkUpdate
from smarterpay.api.models.recurrence_schedule import RecurrenceScheduleUpdate
from smarterpay.orchestration.bulk import BulkOperation
from smarterpay.orchestration.operation import ListOperation, ReadOperation, WriteOperation
from tests.api import builders
from tests.flow_process import Call, FlowProcess, packed
from tests.sandbox_process import SandboxProcess

#: The section of the reference that describes each resource.
SECTIONS: Mapping[str, str] = {
    "account_validations": "7.3",
    "api_requests": "7.9",
    "bank_account_checks": "7.17",
    "bank_accounts": "7.2",
    "cards": "7.15",
    "client_bank_accounts": "7.6",
    "credits": "7.10",
    "customer_accounts": "7.1",
    "ecommerce_brandings": "7.16",
    "ecommerce_page_setups": "7.16",
    "mandates": "7.5",
    "modulus_checks": "7.4",
    "outbound_messages": "7.14",
    "payment_links": "7.12",
    "payments": "7.7",
    "recurrence_schedules": "7.11",
    "service_user_numbers": "7.6",
    "submission_lines": "7.13",
    "submissions": "7.13",
    "transactions": "8",
}
SHAPES = {**CloudClient.shapes, **CardClient.shapes}
KINDS = (WriteOperation, ReadOperation, ListOperation, BulkOperation)


def kind_of(operation: Operation) -> type[Any]:
    """What its task is."""
    if operation.effect is Effect.READ:
        return ListOperation if operation.paged else ReadOperation
    return BulkOperation if operation.name.endswith(".bulk_create") else WriteOperation


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=lambda operation: operation.name)
def test_an_operation_has_its_task_in_the_module_of_its_resource(operation: Operation) -> None:
    task = getattr(import_module(f"tasks.{operation.resource}"), operation.task)
    assert type(task) is kind_of(operation)
    assert task.operation is operation
    assert task.task.name == operation.task
    assert f"section {operation.section})" in str(task.task.fn.__doc__)


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=lambda operation: operation.name)
def test_a_task_gives_the_record_of_its_operation(operation: Operation) -> None:
    task = getattr(import_module(f"tasks.{operation.resource}"), operation.task)
    if isinstance(task, BulkOperation):
        assert task.row is SHAPES[task.row_operation.name].request
        assert task.row_operation.name == f"{operation.name.partition('.')[0]}.create"
    else:
        assert task.record is SHAPES[operation.name].answer


def test_every_task_belongs_to_an_operation() -> None:
    """Section 6: 19 services and the card host, 61 operations."""
    found = {
        (module.name, name)
        for module in pkgutil.iter_modules(tasks.__path__)
        for name, value in vars(import_module(f"tasks.{module.name}")).items()
        if isinstance(value, KINDS)
    }
    assert found == {(operation.resource, operation.task) for operation in OPERATIONS.values()}
    assert len(found) == 61


@pytest.mark.parametrize("resource", SECTIONS)
def test_a_module_says_which_section_it_is_of(resource: str) -> None:
    module = import_module(f"tasks.{resource}")
    assert f"section {SECTIONS[resource]})" in (module.__doc__ or "")


def test_there_is_one_module_for_each_resource() -> None:
    assert {module.name for module in pkgutil.iter_modules(tasks.__path__)} == set(SECTIONS)


class Story:
    """Runs one task after another and remembers which."""

    def __init__(self, call: Callable[[Call], dict[str, Any]]) -> None:
        self._call = call
        self.told: list[str] = []

    def tell(
        self,
        operation: str,
        request: BaseModel | Sequence[BaseModel] | None = None,
        **arguments: Any,
    ) -> Any:
        """What a task gave: the record of a write or a read, the records of a list, or the
        outcome of a bulk call."""
        one = OPERATIONS[operation]
        call: Call = {"task": f"{one.resource}.{one.task}", **arguments}
        if request is not None:
            call["request"] = packed(request)
        if one.effect is not Effect.READ:
            call.setdefault("reference", "CUST-0042")
        done = self._call(call)
        assert "error" not in done, done
        self.told.append(operation)
        (result,) = done["results"]
        return result["record"] if kind_of(one) is WriteOperation else result


def test_every_task_does_its_operation_for_real(
    flows: FlowProcess, sandbox: SandboxProcess
) -> None:
    with flows.one_run() as call:
        story = Story(call)
        _a_customer_and_a_bank_account(story, sandbox)
        _a_mandate_and_its_schedule(story, sandbox)
        _checks_and_validations(story, sandbox)
        _the_merchants_own_accounts(story)
        _payments_and_their_files(story, sandbox)
        _credits(story, sandbox)
        _pages_and_links(story)
        _messages(story)
        _a_card_and_what_follows_on_it(story, sandbox)
    assert sorted(set(story.told)) == sorted(OPERATIONS)


def _a_customer_and_a_bank_account(story: Story, sandbox: SandboxProcess) -> None:
    """Sections 7.1 and 7.2."""
    customer = story.tell("customer_account.create", builders.customer())
    story.tell("customer_account.update", CustomerAccountUpdate(city="Ely"), id=customer["id"])
    (booked,) = sandbox.books(records=True)["records"]["customer_accounts"]
    assert (booked["id"], booked["city"]) == (customer["id"], "Ely")
    found = story.tell("customer_account.get", id=customer["id"])
    assert found["city"] == "Ely"
    assert story.tell("customer_account.list", filters={"limit": 1}) == [found]

    account = story.tell(
        "bank_account.create", builders.bank_account(customer_account=customer["id"])
    )
    disabled = story.tell("bank_account.disable", id=account["id"])
    assert disabled["enabled"] is False
    assert sandbox.books(records=True)["records"]["bank_accounts"][0]["enabled"] is False
    enabled = story.tell("bank_account.update", BankAccountUpdate(enabled=True), id=account["id"])
    assert enabled["enabled"] is True
    assert sandbox.books(records=True)["records"]["bank_accounts"][0]["enabled"] is True
    assert story.tell("bank_account.get", id=account["id"]) == enabled
    assert story.tell("bank_account.list") == [enabled]


def _a_mandate_and_its_schedule(story: Story, sandbox: SandboxProcess) -> None:
    """Sections 7.5 and 7.11."""
    (account,) = sandbox.books(records=True)["records"]["bank_accounts"]
    mandate = story.tell("mandate.create", builders.mandate(customer_bank_account=account["id"]))
    held = story.tell("mandate.update", MandateUpdate(metadata="route 7"), id=mandate["id"])
    assert held["metadata"] == "route 7"
    assert story.tell("mandate.get", id=mandate["id"]) == held
    assert story.tell("mandate.list") == [held]

    schedule = story.tell("recurrence_schedule.create", builders.schedule(auddis=mandate["auddis"]))
    changed = story.tell(
        "recurrence_schedule.update",
        RecurrenceScheduleUpdate(description="veg box"),
        id=schedule["id"],
    )
    assert changed["description"] == "veg box"
    ended = story.tell("recurrence_schedule.disable", id=schedule["id"])
    assert ended["status"] == "inactive"
    assert story.tell("recurrence_schedule.get", id=schedule["id"]) == ended
    assert story.tell("recurrence_schedule.list") == [ended]
    books = sandbox.books(records=True)["records"]
    assert [m["metadata"] for m in books["mandates"]] == ["route 7"]
    assert [(s["id"], s["status"]) for s in books["recurrence_schedules"]] == [
        (schedule["id"], "inactive")
    ]


def _checks_and_validations(story: Story, sandbox: SandboxProcess) -> None:
    """Sections 7.3, 7.4 and 7.17."""
    modulus = story.tell("modulus_check.create", builders.modulus_check())
    assert modulus["account_code_ok"] is True
    check = story.tell("bank_account_check.create", builders.bank_account_check())
    assert check["confirmation_of_payee"]["reason_code"] == "MATC"
    assert story.tell("bank_account_check.get", id=check["id"]) == check
    validation = story.tell("account_validation.create", builders.account_validation())
    assert story.tell("account_validation.get", id=validation["id"]) == validation
    counts = sandbox.counts()
    assert (counts["bank_account_checks"], counts["account_validations"]) == (1, 1)


def _the_merchants_own_accounts(story: Story) -> None:
    """Section 7.6, on the fixtures of section 13."""
    own = story.tell("client_bank_account.list")
    assert [account["sun"] for account in own] == ["100263", "122"]
    assert story.tell("client_bank_account.get", id=own[0]["id"]) == own[0]
    assert story.tell("client_bank_account.by_sun", id="122")["sun"] == "122"
    numbers = story.tell("service_user_number.list")
    assert [number["sun"] for number in numbers] == ["100263", "122"]
    found = story.tell("service_user_number.get", id="SN01SANDBOXMAIN00001")
    assert found == numbers[0]


def _payments_and_their_files(story: Story, sandbox: SandboxProcess) -> None:
    """Sections 7.7 to 7.9 and 7.13; a payment of 9010 pence comes back (section 13)."""
    mandate = story.tell("mandate.list")[0]

    def payment(reference: str, **changes: Any) -> PaymentCreate:
        named = {"auddis": mandate["auddis"], "custom_reference": reference}
        return builders.payment(**named, collection_date=date(2026, 6, 5), **changes)

    bounced = story.tell("payment.create", payment("INV-1", amount=9010), reference="INV-1")
    changed = story.tell("payment.update", PaymentUpdate(description="rent"), id=bounced["id"])
    assert changed["description"] == "rent"
    rows = [payment("INV-2"), payment("BULKFAIL-3")]
    early = story.tell("payment.bulk_create", rows, reference="RUN-1")
    assert early["counts"] == {"not_settled": 2}, _in_words(early)
    sandbox.advance("10d")
    late = story.tell("payment.bulk_create", rows, reference="RUN-1")
    assert [row["state"] for row in late["rows"]] == ["succeeded", "refused"], _in_words(late)
    taken_in = story.tell("api_request.get", id=late["api_request_id"])
    assert (taken_in["status"], taken_in["failed_count"]) == ("completed", 1)
    assert story.tell("payment.get", id=bounced["id"])["status"] == "failed"
    again = builders.represent(auddis=mandate["auddis"], collection_date=date(2026, 9, 1))
    presented = story.tell("payment.represent", again, id=bounced["id"])
    assert presented["related_payment"] == bounced["id"]
    listed = story.tell("payment.list", filters={"custom_reference": "INV-2"})
    assert [one["id"] for one in listed] == [late["rows"][0]["record_id"]]

    file = story.tell("submission.list")[0]
    assert story.tell("submission.get", id=file["id"]) == file
    line = story.tell("submission_line.list", filters={"record_id": bounced["id"]})[0]
    assert story.tell("submission_line.get", id=line["id"])["transaction_code"] == "01"


def _in_words(bulk: Mapping[str, Any]) -> str:
    """What became of a bulk call and its rows, and why."""
    rows = [f"{row['reference']} {row['state']}: {row['reason']}" for row in bulk["rows"]]
    return "; ".join([*rows, f"call {bulk['call']}, trouble: {bulk['trouble']}"])


def _credits(story: Story, sandbox: SandboxProcess) -> None:
    """Sections 7.10 and 7.9."""
    account = sandbox.books(records=True)["records"]["bank_accounts"][0]

    def credit(reference: str) -> CreditCreate:
        return builders.credit(
            bank_account=account["id"], reference=reference, credit_date=date(2026, 9, 1)
        )

    created = story.tell("credit.create", credit("CR-1"), reference="CR-1")
    story.tell("credit.update", CreditUpdate(amount=1), id=created["id"])
    assert story.tell("credit.get", id=created["id"])["amount"] == 1
    rows = [credit("CR-2"), credit("CR-3")]
    early = story.tell("credit.bulk_create", rows, reference="RUN-1")
    assert early["counts"] == {"not_settled": 2}, _in_words(early)
    sandbox.advance("1m")
    late = story.tell("credit.bulk_create", rows, reference="RUN-1")
    assert late["counts"] == {"succeeded": 2}, _in_words(late)
    assert {one["reference"] for one in story.tell("credit.list")} == {"CR-1", "CR-2", "CR-3"}


def _pages_and_links(story: Story) -> None:
    """Sections 7.12 and 7.16."""
    page = story.tell("ecommerce_page_setup.get", id="EP02SANDBOXPAGE00001")
    assert story.tell("ecommerce_branding.get", id=page["branding"])["id"] == page["branding"]
    link = story.tell("payment_link.create", builders.payment_link())
    cancelled = story.tell(
        "payment_link.update", PaymentLinkUpdate(status="cancelled"), id=link["id"]
    )
    assert cancelled["status"] == "cancelled"
    assert story.tell("payment_link.get", id=link["id"]) == cancelled
    assert story.tell("payment_link.list") == [cancelled]


def _messages(story: Story) -> None:
    """Section 7.14: every change so far was told to somebody."""
    sent = story.tell("outbound_message.list", filters={"limit": 500})[0]
    assert story.tell("outbound_message.get", id=sent["id"])["id"] == sent["id"]
    assert story.tell("outbound_message.resend", id=sent["id"])["id"] == sent["id"]


def _a_card_and_what_follows_on_it(story: Story, sandbox: SandboxProcess) -> None:
    """Section 8: what is done on a card is a payment of its own, or takes one back."""
    customer = story.tell("customer_account.list")[0]["id"]

    def card(reference: str, kind: str) -> dict[str, Any]:
        request = builders.register(customer_id=customer, payment_type=kind)
        registered: dict[str, Any] = story.tell(
            "transaction.register", request, reference=reference
        )
        sandbox.control(f"cards/{registered['card_id']}/complete", {})
        return registered

    paid, reserved = card("CARD-1", "Ecommerce"), card("CARD-2", "DeferredEcommerce")
    let_go, verified = card("CARD-3", "DeferredEcommerce"), card("CARD-4", "AuthenticateEcommerce")
    for operation, request, on in (
        ("transaction.repeat", builders.repeat(), paid),
        ("transaction.release_deferred", builders.release_deferred(), reserved),
        ("transaction.cancel_deferred", builders.cancel_deferred(), let_go),
        ("transaction.release_authorised", builders.release_authorised(), verified),
        ("transaction.void", builders.void(related_payment_id=paid["id"]), paid),
    ):
        done = story.tell(operation, request, id=on["card_id"])
        assert done["status"] == "successful", operation
    for taken_back in (paid, let_go):
        assert story.tell("payment.get", id=taken_back["id"])["status"] == "cancelled"
    sandbox.advance("3d")
    refunded = story.tell("transaction.refund", builders.refund(), id=paid["card_id"])
    assert (refunded["status"], refunded["amount"]) == ("successful", 500)
    assert {one["customer_id"] for one in story.tell("card.list")} == {customer}
