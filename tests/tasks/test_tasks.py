"""Each operation of the built resources has its task, and each task does its operation for real."""

import pkgutil
from collections.abc import Mapping
from importlib import import_module
from typing import Any

import pytest
from pydantic import BaseModel

import tasks
from smarterpay.api.catalogue import OPERATIONS, Effect, Operation
from smarterpay.api.cloud import CloudClient
from smarterpay.api.models.bank_account import BankAccountUpdate
from smarterpay.api.models.customer_account import CustomerAccountUpdate
from smarterpay.api.models.mandate import MandateUpdate
from smarterpay.api.models.recurrence_schedule import RecurrenceScheduleUpdate
from smarterpay.orchestration.operation import ListOperation, ReadOperation, WriteOperation
from tests.api import builders
from tests.flow_process import FlowProcess, packed
from tests.sandbox_process import SandboxProcess

#: The resources that are built, with the section of the reference that describes each.
SECTIONS: Mapping[str, str] = {
    "account_validations": "7.3",
    "bank_account_checks": "7.17",
    "bank_accounts": "7.2",
    "client_bank_accounts": "7.6",
    "customer_accounts": "7.1",
    "mandates": "7.5",
    "modulus_checks": "7.4",
    "recurrence_schedules": "7.11",
    "service_user_numbers": "7.6",
}
BUILT = [operation for operation in OPERATIONS.values() if operation.resource in SECTIONS]


def test_section_6_the_built_resources_have_28_operations() -> None:
    assert len(BUILT) == 28


@pytest.mark.parametrize("operation", BUILT, ids=lambda operation: operation.name)
def test_an_operation_has_its_task_in_the_module_of_its_resource(operation: Operation) -> None:
    task = getattr(import_module(f"tasks.{operation.resource}"), operation.task)
    kind: type[Any] = WriteOperation
    if operation.effect is Effect.READ:
        kind = ListOperation if operation.paged else ReadOperation
    assert type(task) is kind
    assert task.operation is operation
    assert task.record is CloudClient.shapes[operation.name].answer
    assert task.task.name == operation.task
    assert f"section {operation.section})" in str(task.task.fn.__doc__)


@pytest.mark.parametrize("resource", SECTIONS)
def test_a_module_says_which_section_it_is_of_and_holds_nothing_else(resource: str) -> None:
    module = import_module(f"tasks.{resource}")
    assert f"section {SECTIONS[resource]})" in (module.__doc__ or "")
    kinds = (WriteOperation, ReadOperation, ListOperation)
    found = {name for name, value in vars(module).items() if isinstance(value, kinds)}
    assert found == {operation.task for operation in BUILT if operation.resource == resource}


def test_there_is_one_module_for_each_resource() -> None:
    assert {module.name for module in pkgutil.iter_modules(tasks.__path__)} == set(SECTIONS)


class Story:
    """Runs one task after another and remembers which."""

    def __init__(self, flows: FlowProcess) -> None:
        self._flows = flows
        self.told: list[str] = []

    def tell(self, operation: str, request: BaseModel | None = None, **arguments: Any) -> Any:
        """What a task gave: the record of a write or a read, the records of a list."""
        one = OPERATIONS[operation]
        call: dict[str, Any] = {"task": f"{one.resource}.{one.task}", **arguments}
        if request is not None:
            call["request"] = packed(request)
        if one.effect is not Effect.READ:
            call["reference"] = "CUST-0042"
        done = self._flows.call(call)
        assert "error" not in done, done
        self.told.append(operation)
        (result,) = done["results"]
        return result["record"] if one.effect is not Effect.READ else result


def test_every_task_does_its_operation_for_real(
    flows: FlowProcess, sandbox: SandboxProcess
) -> None:
    story = Story(flows)
    _a_customer_and_a_bank_account(story, sandbox)
    _a_mandate_and_its_schedule(story, sandbox)
    _checks_and_validations(story, sandbox)
    _the_merchants_own_accounts(story)
    assert sorted(story.told) == sorted(operation.name for operation in BUILT)


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
