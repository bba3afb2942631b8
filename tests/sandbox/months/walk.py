"""Months of random calls, each made to a sandbox and to the model; knows no rule of either."""

from datetime import date, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from tests.sandbox.caller import Caller
from tests.sandbox.months.model import (
    CANCELLED,
    COLLECTABLE,
    CREDIT_AMOUNTS,
    DEBIT_AMOUNTS,
    ENDINGS,
    FAILED,
    FIRST,
    HELD,
    LIVE,
    NEW,
    ONE_DAY,
    ONGOING,
    PENDING,
    Account,
    Bacs,
    Item,
    Mandate,
)

LONDON = ZoneInfo("Europe/London")
HOURS = (5, 14, 24, 24, 24, 48, 96)
OPEN = "111"
MOST_MANDATES, MOST_DAYS_AHEAD = 100, 25


class Months:
    """A merchant's calls over months, drawn from a seed.

    After each advance the books must be those of the model.
    """

    def __init__(self, api: Caller, seed: int, processing_days: int) -> None:
        self.draw = Random(seed)  # noqa: S311 - a walk, not a secret
        self.sandbox = api.sandbox
        anti_fraud = self.draw.random() < 0.5
        self.sandbox.settings(
            credit_anti_fraud=anti_fraud, processing_days=processing_days, rate_limit=None
        )
        self.api = api
        self.model = Bacs(processing_days, anti_fraud)
        self.now = datetime(2026, 6, 1, 9, tzinfo=LONDON)

    def walk(self, steps: int) -> None:
        """Open three accounts with a mandate and a debit each, then do so many random things."""
        for _ in range(3):
            self.open_account()
            self.open_mandate()
            self.debit()
        weighted = {
            self.open_account: 5,
            self.open_mandate: 6,
            self.debit: 12,
            self.credit: 8,
            self.present_again: 3,
            self.hold: 3,
            self.release: 5,
            self.cancel_mandate: 1,
            self.cancel_item: 1,
            self.move_item: 2,
            self.switch_account: 3,
            self.let_time_pass: 9,
        }
        for do in self.draw.choices([*weighted], [*weighted.values()], k=steps):
            do()
        self.let_time_pass()

    def open_account(self) -> None:
        ending = self.draw.choice((*ENDINGS, *[OPEN] * 8))
        number, may = f"12345{ending}", self.draw.random() < 0.9
        made = self.api.account(account_number=number, sort_code="123456", credits_allowed=may)
        credits_allowed = may and not self.model.anti_fraud
        assert made["credits_allowed"] == credits_allowed
        self.model.accounts.append(Account(made["id"], number, may, credits_allowed))

    def open_mandate(self) -> None:
        if len(self.model.mandates) == MOST_MANDATES:
            return
        account = self.draw.choice(self.model.accounts[-5:])
        status = self.draw.choice((NEW, NEW, NEW, FIRST, ONGOING, HELD))
        asked = {"customer_bank_account": account.id, "dd_status": status}
        answer = self.api.post("Mandate", asked)
        assert _accepted(answer) == account.enabled
        if account.enabled:
            made = answer.json()["Mandate"]
            self.model.mandates.append(
                Mandate(
                    made["id"],
                    made["auddis"],
                    account,
                    status,
                    lodged=status == FIRST,
                    converts=status == ONGOING,
                )
            )
            if status == ONGOING:
                self.model.open_credits(account)

    def debit(self) -> None:
        if not self.model.mandates:
            return
        mandate, asked = self.draw.choice(self.model.mandates), self._some_day()
        amount = self.draw.choice((*[2500] * 8, *DEBIT_AMOUNTS))
        fields = {"amount": amount, "collection_date": asked.isoformat(), "description": "x"}
        answer = self.api.post("payment", {"auddis": mandate.reference} | fields)
        assert _accepted(answer) == (mandate.status != HELD)
        if mandate.status != HELD:
            made = answer.json()["payment"]["id"]
            self._add(Item(made, mandate.account, mandate, amount, asked, PENDING))

    def credit(self) -> None:
        mandate = self.draw.choice((None, *self.model.mandates[-8:]))
        account = mandate.account if mandate else self.draw.choice(self.model.accounts)
        payee = {"auddis": mandate.reference} if mandate else {"bank_account": account.id}
        amount, asked = self.draw.choice((2500, 2500, 9010, *CREDIT_AMOUNTS)), self._some_day()
        fields = {"amount": amount, "credit_date": asked.isoformat(), "description": "x"}
        answer = self.api.post("credit", payee | fields)
        assert _accepted(answer) == (account.enabled and account.credits)
        if _accepted(answer):
            made = answer.json()["credit"]["ID"]
            self._add(Item(made, account, mandate, amount, asked, PENDING, is_credit=True))

    def present_again(self) -> None:
        failed = [x for x in self.model.items if x.status == FAILED and not x.is_credit]
        if not failed:
            return
        original = self.draw.choice(failed)
        mandate = original.mandate
        assert mandate is not None
        asked = self._some_day()
        fields = {"amount": original.amount, "collection_date": asked.isoformat()}
        fields |= {"auddis": mandate.reference, "description": "x"}
        path = f"payment/{original.id}/represent"
        answer = self.api.send("POST", path, {"payment": fields})
        assert _accepted(answer) == (mandate.status in COLLECTABLE)
        if _accepted(answer):
            made = answer.json()["payment"]["id"]
            amount, account = original.amount, original.account
            self._add(Item(made, account, mandate, amount, asked, PENDING, again=True))

    def hold(self) -> None:
        mandate = self.draw.choice(self.model.mandates)
        answer = self.api.put("Mandate", mandate.id, {"dd_status": HELD})
        assert _accepted(answer) == (mandate.status in LIVE)
        if _accepted(answer):
            mandate.status = HELD

    def release(self) -> None:
        held = [mandate for mandate in self.model.mandates if mandate.status == HELD]
        if held:
            mandate, status = self.draw.choice(held), self.draw.choice(COLLECTABLE)
            assert _accepted(self.api.put("Mandate", mandate.id, {"dd_status": status}))
            self.model.release(mandate, status, self.now)

    def cancel_mandate(self) -> None:
        mandate = self.draw.choice(self.model.mandates)
        answer = self.api.put("Mandate", mandate.id, {"dd_status": CANCELLED})
        assert _accepted(answer) == (mandate.status in LIVE)
        if _accepted(answer):
            self.model.end(mandate, CANCELLED)
            mandate.by_caller = True

    def cancel_item(self) -> None:
        item = self.draw.choice(self.model.items)
        if self._put(item, {"status": CANCELLED}):
            item.status = CANCELLED

    def move_item(self) -> None:
        item = self.draw.choice(self.model.items)
        asked = self._some_day()
        name = "credit_date" if item.is_credit else "collection_date"
        if self._put(item, {name: asked.isoformat()}):
            item.day = self.model.stored(asked, self.now)

    def switch_account(self) -> None:
        account = self.draw.choice(self.model.accounts)
        account.enabled = not account.enabled
        assert _accepted(self.api.put("bank_account", account.id, {"enabled": account.enabled}))

    def let_time_pass(self) -> None:
        hours = self.draw.choice(HOURS)
        self.sandbox.advance(f"{hours}h")
        later = (self.now.astimezone(ZoneInfo("UTC")) + timedelta(hours=hours)).astimezone(LONDON)
        self.model.let_pass(self.now, later)
        self.now = later
        self._compare()

    def _some_day(self) -> date:
        """A day that a caller may ask for."""
        return self.now.date() + self.draw.randint(0, MOST_DAYS_AHEAD) * ONE_DAY

    def _add(self, item: Item) -> None:
        """Have a new item as it is stored; nothing is left of one on an ended mandate."""
        item.day = self.model.stored(item.day, self.now)
        if item.mandate is not None and item.mandate.status not in LIVE:
            item.status, item.amount = CANCELLED, 0
        self.model.items.append(item)

    def _put(self, item: Item, change: dict[str, Any]) -> bool:
        """Ask for a change of an item, which only a pending one takes; whether it did."""
        answer = self.api.put("credit" if item.is_credit else "payment", item.id, change)
        assert _accepted(answer) == (item.status == PENDING)
        return _accepted(answer)

    def _compare(self) -> None:
        books = self.sandbox.books(records=True)["records"]
        assert {row["id"]: row["dd_status"] for row in books["mandates"]} == {
            mandate.id: mandate.status for mandate in self.model.mandates
        }
        assert {row["id"]: _account(row) for row in books["bank_accounts"]} == {
            one.id: (one.enabled, one.credits, one.number) for one in self.model.accounts
        }
        rows = [_debit(row) for row in books["payments"]] + [
            _credit(row) for row in books["credits"]
        ]
        assert dict(rows) == {
            item.id: (item.status, item.day.isoformat(), item.amount) for item in self.model.items
        }
        assert sorted(_line(row) for row in books["submission_lines"]) == sorted(self.model.lines)


def _accepted(answer: httpx.Response) -> bool:
    assert answer.status_code in {200, 400}, answer.text
    return answer.status_code == 200


def _account(row: dict[str, Any]) -> tuple[bool, bool, str]:
    return row["enabled"], row["credits_allowed"], row["account_number"]


def _debit(row: dict[str, Any]) -> tuple[str, tuple[str, str, int]]:
    return row["id"], (row["status"], row["collection_date"], row["amount"])


def _credit(row: dict[str, Any]) -> tuple[str, tuple[str, str, int]]:
    return row["id"], (row["status"], row["credit_date"], row["amount"])


def _line(row: dict[str, Any]) -> tuple[str, str, str]:
    return row["created_at"][:10], row["record_id"], row["transaction_code"]
