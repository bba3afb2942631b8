"""`smarterpay intent show`: each write and each exchange for it, and nothing personal."""

import json

from smarterpay.journal.bulk import BulkWish, RowVerdict
from smarterpay.journal.decision import State
from smarterpay.journal.intents import Busy, Closing, Wish
from smarterpay.journal.leases import new_lease
from tests.cli.conftest import PERSONAL, Shop
from tests.e2e.merchant import Merchant

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


def test_a_reference_nobody_knows_is_exit_code_1(shop: Shop) -> None:
    done = shop.merchant.command("intent", "show", "NOBODY")
    assert (done.returncode, done.stdout) == (1, "")
    assert "no write is known for NOBODY" in done.stderr
