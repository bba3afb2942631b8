"""`smarterpay intent show`: each write and each exchange for it, and nothing personal."""

import asyncio
import json

from smarterpay.api.models.transaction import Transaction, TransactionRepeat
from smarterpay.api.wire import serialise
from smarterpay.journal import Journal
from smarterpay.journal.bulk import BulkWish, RowVerdict
from smarterpay.journal.decision import State
from smarterpay.journal.intents import Busy, Closing, Intent, Wish
from smarterpay.journal.leases import new_lease
from tests.api import builders
from tests.cli.conftest import PERSONAL, Shop
from tests.e2e.merchant import Merchant
from tests.journal.builders import NOW

OPERATIONS = [
    "customer_account.create",
    "modulus_check.create",
    "bank_account.create",
    "mandate.create",
    "recurrence_schedule.create",
]


def test_every_write_of_a_reference_for_scripts(shop: Shop) -> None:
    done = shop.merchant.command("intent", "show", "GOOD", "--json")
    shown = json.loads(done.stdout)
    assert done.returncode == 0
    # In the order they were opened, though the sandbox's clock stood still meanwhile.
    assert [one["operation"] for one in shown] == OPERATIONS
    with shop.merchant.journal() as journal:
        mandate = journal.intents.find("GOOD", "mandate.create")[0]
        (attempt,) = journal.intents.attempts(mandate.id)
    assert mandate.settled_at is not None
    assert attempt.finished_at is not None
    (found,) = [one for one in shown if one["operation"] == "mandate.create"]
    assert found == {
        "id": mandate.id,
        "operation": "mandate.create",
        "reference": "GOOD",
        "state": "succeeded",
        "generation": 0,
        "key": mandate.key,
        "record_id": mandate.record_id,
        "record_status": "new instruction",
        "status": 200,
        "replayed": False,
        "reason": None,
        "opened_at": mandate.opened_at.isoformat(),
        "settled_at": mandate.settled_at.isoformat(),
        "bulk": None,
        "rows": None,
        "attempts": [
            {
                "number": 1,
                "generation": 0,
                "key": mandate.key,
                "started_at": attempt.started_at.isoformat(),
                "finished_at": attempt.finished_at.isoformat(),
                "disposition": "succeeded",
                "status": 200,
                "replayed": False,
                "milliseconds": attempt.milliseconds,
                "error": None,
            }
        ],
    }
    for value in PERSONAL:
        assert value not in done.stdout + done.stderr


def test_every_write_of_a_reference_for_people(shop: Shop) -> None:
    done = shop.merchant.command("intent", "show", "GOOD")
    assert (done.returncode, done.stderr) == (0, "")
    for operation in OPERATIONS:
        assert f"{operation} GOOD: succeeded" in done.stdout
    assert "new instruction" in done.stdout
    for value in PERSONAL:
        assert value not in done.stdout


def test_an_exchange_that_got_no_answer_is_seen(merchant: Merchant) -> None:
    merchant.sandbox.faults(kind="drop-after", method="POST", path="/mandate", times=1)
    merchant.onboard(merchant.write_customers({"reference": "LOST"}))
    done = merchant.command("intent", "show", "LOST", "--json")
    (mandate,) = [o for o in json.loads(done.stdout) if o["operation"] == "mandate.create"]
    attempts = mandate["attempts"]
    assert [(a["disposition"], a["status"], a["replayed"]) for a in attempts] == [
        ("unknown", None, None),
        ("succeeded", 200, True),
    ]
    assert attempts[0]["error"] == "NoAnswer"
    assert attempts[0]["key"] == attempts[1]["key"]
    assert "NoAnswer" in merchant.command("intent", "show", "LOST").stdout


def test_one_write_by_its_own_id(shop: Shop) -> None:
    every = json.loads(shop.merchant.command("intent", "show", "GOOD", "--json").stdout)
    one = json.loads(shop.merchant.command("intent", "show", every[0]["id"], "--json").stdout)
    assert one == every[:1]


def test_a_row_names_its_bulk_call_and_a_call_counts_its_rows(merchant: Merchant) -> None:
    """Issue 3, item 2: each row of a call is a write of its own."""
    rows = [
        Wish("payment.create", one, "POST", "/payment", b'{"payment":{"description":"canary"}}')
        for one in ("INV-1", "INV-2", "INV-3")
    ]
    bulk = BulkWish(
        "payment.bulk_create",
        "RUN-1",
        tuple(rows),
        lambda _: Wish("payment.bulk_create", "RUN-1", "POST", "/payments", b'["canary"]'),
    )
    with merchant.journal() as journal:
        now = journal.clock.now()
        call = journal.bulks.open(bulk, now)
        assert call is not None
        started = journal.intents.start_attempt(call.id, call.key, new_lease(), now)
        assert not isinstance(started, Busy)
        accepted = Closing("succeeded", State.SUCCEEDED, status=202, record_id="AR01")
        journal.intents.close_attempt(started[0], accepted, now)
        journal.bulks.settle_rows(call.id, [RowVerdict(0, record_id="P01A")], now)

    shown = merchant.command("intent", "show", "RUN-1", "--json")
    (of_call,) = json.loads(shown.stdout)
    (of_row,) = json.loads(merchant.command("intent", "show", "INV-2", "--json").stdout)
    assert (of_call["rows"], of_call["bulk"]) == ({"succeeded": 1, "unknown": 2}, None)
    assert of_row["bulk"] == {
        "id": call.id,
        "operation": "payment.bulk_create",
        "reference": "RUN-1",
    }
    assert of_row["rows"] is None
    people = merchant.command("intent", "show", "RUN-1").stdout
    people += merchant.command("intent", "show", "INV-1").stdout
    assert "rows: 1 succeeded, 2 unknown" in people
    assert f"a row of payment.bulk_create RUN-1, intent {call.id}" in " ".join(people.split())
    assert "canary" not in shown.stdout + people


def test_a_bulk_call_is_settled_row_by_row_and_never_opened_again(merchant: Merchant) -> None:
    row = Wish("payment.create", "INV-1", "POST", "/payment", b"{}")
    call = Wish("payment.bulk_create", "RUN-1", "POST", "/payments", b"[]")
    with merchant.journal() as journal:
        opened = journal.bulks.open(BulkWish(call.operation, "RUN-1", (row,), lambda _: call), NOW)
        assert opened is not None
        needs_a_person(journal, opened)

    done = merchant.command("intent", "settle", opened.id, "--not-created", "--by", "Ada")

    assert done.returncode == 1
    assert "under a new key it would create again" in " ".join(done.stderr.split())
    with merchant.journal() as journal:
        assert journal.intents.get(opened.id).generation == 0


def test_a_card_payment_that_a_person_found_is_adopted_as_the_cards_answer(
    merchant: Merchant,
) -> None:
    """Card payments are read on the Cloud API, in another form (sections 7.7 and 8)."""
    request = builders.repeat(custom_reference="INV-1")
    charged = asyncio.run(charge(merchant, request))
    with merchant.journal() as journal:
        body = serialise(request, None)
        wish = Wish("transaction.repeat", "INV-1", "POST", f"/{charged.card_id}", body)
        intent, _ = journal.intents.open(wish, NOW)
        needs_a_person(journal, intent)

    done = merchant.command("intent", "settle", intent.id, "--adopt", charged.id, "--by", "Ada")

    assert done.returncode == 0, done.stderr
    with merchant.journal() as journal:
        settled = journal.intents.get(intent.id)
        answer = json.loads(journal.intents.answer(intent.id) or b"")
    assert (settled.state, settled.record_status) == (State.SUCCEEDED, "successful")
    assert (answer["id"], answer["card_id"], answer["amount"]) == (
        charged.id,
        charged.card_id,
        2500,
    )


def test_a_record_that_another_write_made_is_not_adopted_for_a_second_one(
    merchant: Merchant,
) -> None:
    """A person's slip of two rows for one record would lose a payment."""
    with merchant.journal() as journal:
        found = Closing("succeeded", State.SUCCEEDED, status=200, record_id="P01A")
        for name in ("INV-1", "INV-2"):
            wish = Wish("payment.create", name, "POST", "/payment", b"{}")
            intent, _ = journal.intents.open(wish, NOW)
            needs_a_person(journal, intent)
            if name == "INV-1":
                journal.intents.adopt_for_person(intent.id, found, "Ada", NOW)

    done = merchant.command("intent", "settle", intent.id, "--adopt", "P01A", "--by", "Ada")

    assert done.returncode == 1
    assert "P01A is what payment.create INV-1 created" in " ".join(done.stderr.split())
    with merchant.journal() as journal:
        assert journal.intents.get(intent.id).state is State.NEEDS_ATTENTION


def needs_a_person(journal: Journal, intent: Intent) -> None:
    """Have the intent sent, and end where nobody can tell."""
    started = journal.intents.start_attempt(intent.id, intent.key, new_lease(), NOW)
    assert not isinstance(started, Busy)
    doubt = Closing("stop", State.NEEDS_ATTENTION, reason="KeyReused")
    journal.intents.close_attempt(started[0], doubt, NOW)


async def charge(merchant: Merchant, request: TransactionRepeat) -> Transaction:
    """A charge on a card that has paid before."""
    sandbox = merchant.sandbox
    async with (
        builders.cloud_client(sandbox.cloud_url, token=sandbox.token) as cloud,
        builders.card_client(sandbox.card_url, token=sandbox.token) as card,
    ):
        customer = await cloud.customer_accounts.create(builders.customer())
        first = await card.transactions.register(builders.register(customer_id=customer.id))
        sandbox.control(f"cards/{first.card_id}/complete", {})
        return await card.transactions.repeat(str(first.card_id), request)


def test_a_reference_nobody_knows_is_exit_code_1(shop: Shop) -> None:
    done = shop.merchant.command("intent", "show", "NOBODY")
    assert (done.returncode, done.stdout) == (1, "")
    assert "no write is known for NOBODY" in done.stderr
