"""Random sequences of calls, clock advances and faults, with what must hold after every one."""

from datetime import datetime, timedelta
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.sandbox.caller import ACCOUNT, CUSTOMER
from tests.sandbox.lives.events import check_events
from tests.sandbox.lives.invariants import Records, check_books, check_moves
from tests.sandbox.lives.recording import Life, Step
from tests.sandbox.receiver import Receiver
from tests.sandbox_process import SandboxProcess

ENDINGS = [
    "855",
    "901",
    "902",
    "903",
    "905",
    "910",
    "911",
    "912",
    "913",
    "919",
    "921",
    "923",
    "924",
    "929",
    "930",
    "932",
    "940",
    "955",
    "957",
    "960",
]
AMOUNTS = (1, 2500, 9010, 9012, 9019, 9030, 9055, 9057, 9060)
CARD_AMOUNTS = (2500, 4005, 4010, 4011, 4012, 4020, 4098, 4099)
CODES = [
    "ADDACS1",
    "ADDACS3",
    "ADDACSB",
    "ADDACSE",
    "ADDACSC",
    "AUDDIS5",
    "AUDDISN",
    "ARUDD0",
    "ARUDD1",
    "ARUDD3",
    "ARUDDB",
    "ARUCS0",
    "AWACS0",
    "DDICA2",
    "DDICA5",
    "INPUTU",
    "INPUTT",
]
SPANS = ("5", "3h", "1d", "3d", "9d")
FAULTS = ("429", "503", "500-before", "500-after", "drop-before", "drop-after", "html-error")
CHALLENGES = ("challenge accepted", "challenge rejected", "challenge expired")
SUBSCRIPTION = "SU01SANDBOXSUBS00001"
NEW_DETAILS = {"sort_code": "200052", "account_number": "75849855"}

picks = st.integers(min_value=0, max_value=10_000)


class Lives(RuleBasedStateMachine):
    """A merchant's calls in any order, over weeks, with a receiver of webhooks.

    `sandbox` and `receiver` are set by the test that runs it.
    """

    sandbox: ClassVar[SandboxProcess]
    receiver: ClassVar[Receiver]

    @initialize(
        endings=st.lists(st.sampled_from(ENDINGS), min_size=4, max_size=4),
        amounts=st.lists(st.sampled_from(AMOUNTS), min_size=4, max_size=4),
    )
    def begin(self, endings: list[str], amounts: list[int]) -> None:
        """A merchant with some customers, a payment due from each, a schedule and a card."""
        self.receiver.received.clear()
        self.life = Life(self.sandbox)
        self._subscribe(self.life)
        self.before: Records = self.life.records()
        self.number = 0
        for ending in endings:
            self.onboard(ending, "")
        self.before = self.life.records()
        for number, amount in enumerate(amounts):
            self.collect(number, amount, 3, keyed=True)
        self.schedule(0, 3, "weekly")
        self.register(2500, "Ecommerce")
        self.before = self.life.records()

    def _subscribe(self, life: Life) -> None:
        life.take(
            Step("PUT", f"/_sandbox/subscriptions/{SUBSCRIPTION}", {"url": self.receiver.url})
        )

    def _next(self) -> int:
        self.number += 1
        return self.number

    def _pick(self, kind: str, pick: int) -> str | None:
        found = sorted(self.before[kind])
        return found[pick % len(found)] if found else None

    def _row(self, kind: str, pick: int) -> dict[str, Any] | None:
        record_id = self._pick(kind, pick)
        return None if record_id is None else self.before[kind][record_id]

    # --- Onboarding ---------------------------------------------------------------------------

    @rule(
        ending=st.sampled_from(ENDINGS), dd_status=st.sampled_from(["", "", "ongoing collection"])
    )
    def onboard(self, ending: str, dd_status: str) -> None:
        number = self._next()
        fields = {**CUSTOMER, "custom_reference": f"C-{number}"}
        customer = self.life.cloud("POST", "customeraccount", {"Customer_Account": fields})
        account = {**ACCOUNT, "account_number": f"{number % 100_000:05d}{ending}"}
        if customer is not None:
            account["customer_account"] = customer["Customer_Account"]["id"]
        made = self.life.cloud("POST", "bankaccount", {"bank_account": account})
        if made is None:
            return
        mandate = {"customer_bank_account": made["bank_account"]["id"], "auddis": f"MA{number:08d}"}
        if dd_status:
            mandate["dd_status"] = dd_status
        self.life.cloud("POST", "mandate", {"Mandate": mandate})

    @rule(pick=picks, status=st.sampled_from(["on hold", "cancelled", "ongoing collection"]))
    def change_mandate(self, pick: int, status: str) -> None:
        mandate = self._pick("mandates", pick)
        if mandate is not None:
            self.life.cloud("PUT", f"mandate/{mandate}", {"Mandate": {"dd_status": status}})

    @rule(pick=picks, enabled=st.booleans())
    def switch_account(self, pick: int, enabled: bool) -> None:
        account = self._pick("bank_accounts", pick)
        if account is not None:
            body = {"bank_account": {"enabled": enabled}}
            self.life.cloud("PUT", f"bankaccount/{account}", body)

    # --- Money --------------------------------------------------------------------------------

    def _day(self, ahead: int) -> str:
        moved: str = self.life.sandbox.control("clock")["london"]
        return (datetime.fromisoformat(moved).date() + timedelta(days=ahead)).isoformat()

    def _payment(self, mandate: str, amount: int, ahead: int) -> dict[str, Any]:
        return {
            "mandate": mandate,
            "amount": amount,
            "collection_date": self._day(ahead),
            "description": "metered bill",
            "custom_reference": f"P-{self._next()}",
        }

    @rule(
        pick=picks, amount=st.sampled_from(AMOUNTS), ahead=st.integers(0, 12), keyed=st.booleans()
    )
    def collect(self, pick: int, amount: int, ahead: int, keyed: bool) -> None:
        mandate = self._pick("mandates", pick)
        if mandate is not None:
            body = {"payment": self._payment(mandate, amount, ahead)}
            key = f"key-{self.number}" if keyed else None
            self.life.cloud("POST", "payment", body, key)
            if keyed:
                self.life.cloud("POST", "payment", body, key)

    @rule(pick=picks, amounts=st.lists(st.sampled_from(AMOUNTS), min_size=1, max_size=4))
    def collect_in_bulk(self, pick: int, amounts: list[int]) -> None:
        mandate = self._pick("mandates", pick)
        if mandate is not None:
            rows = [self._payment(mandate, amount, 6) for amount in amounts]
            rows[0]["custom_reference"] = f"BULKFAIL-{self._next()}"
            self.life.cloud("POST", "payments", {"payments": rows}, f"bulk-{self.number}")

    @rule(pick=picks, change=st.sampled_from([{"status": "cancelled"}, {"description": "changed"}]))
    def change_payment(self, pick: int, change: dict[str, Any]) -> None:
        payment = self._pick("payments", pick)
        if payment is not None:
            self.life.cloud("PUT", f"payment/{payment}", {"payment": change})

    @rule(pick=picks)
    def represent(self, pick: int) -> None:
        failed = [row for row in self.before["payments"].values() if row["status"] == "failed"]
        if failed:
            payment = failed[pick % len(failed)]
            body = {
                "amount": payment["amount"],
                "collection_date": self._day(5),
                "description": "again",
                "auddis": payment["auddis"],
                "custom_reference": f"R-{self._next()}",
            }
            self.life.cloud("POST", f"payment/{payment['id']}/represent", {"payment": body})

    @rule(
        pick=picks,
        amount=st.sampled_from(AMOUNTS),
        ahead=st.integers(0, 12),
        by_mandate=st.booleans(),
    )
    def pay_out(self, pick: int, amount: int, ahead: int, by_mandate: bool) -> None:
        account, mandate = self._pick("bank_accounts", pick), self._row("mandates", pick)
        if account is None or mandate is None:
            return
        body = {
            "amount": amount,
            "credit_date": self._day(ahead),
            "description": "refund",
            "reference": f"CR-{self._next()}",
        }
        body |= {"auddis": mandate["auddis"]} if by_mandate else {"bank_account": account}
        self.life.cloud("POST", "credit", {"credit": body})

    @rule(
        pick=picks,
        installments=st.sampled_from([None, None, 1, 3]),
        period=st.sampled_from(["weekly", "monthly"]),
    )
    def schedule(self, pick: int, installments: int | None, period: str) -> None:
        mandate = self._row("mandates", pick)
        if mandate is None:
            return
        body: dict[str, Any] = {
            "auddis": mandate["auddis"],
            "amount": 7001,
            "first_collection_amount": 2001,
            "collection_period": period,
            "collection_stretch": "1",
            "description": "membership",
            "first_collection_date": self._day(7),
        }
        if period == "monthly":
            body["collection_day"] = "15"
        if installments is not None:
            body |= {"type": "DDPaymentPlan", "installments": installments}
            if installments == 1:
                del body["first_collection_amount"]
        self.life.cloud("POST", "recurrenceschedule", {"recurrence_schedule": body})

    @rule(pick=picks)
    def stop_schedule(self, pick: int) -> None:
        schedule = self._pick("recurrence_schedules", pick)
        if schedule is not None:
            self.life.cloud("DELETE", f"recurrenceschedule/{schedule}")

    # --- Cards --------------------------------------------------------------------------------

    @rule(
        amount=st.sampled_from(CARD_AMOUNTS),
        kind=st.sampled_from(["Ecommerce", "DeferredEcommerce", "AuthenticateMOTO"]),
    )
    def register(self, amount: int, kind: str) -> None:
        made = self.life.card(
            "",
            {
                "payment_type": kind,
                "platform": "SmarterPayCloud",
                "payment_gateway_profile_id": "PG01SANDBOXOPAYO0001",
                "customer_id": self._pick("customer_accounts", 0) or "",
                "amount": amount,
                "currency_code": "GBP",
                "custom_reference": f"K-{self._next()}",
            },
        )
        if made is not None and made.get("card_id"):
            self.life.control(f"cards/{made['card_id']}/complete", {})

    @rule(
        pick=picks,
        amount=st.sampled_from((100, 2500, 4005, 4012, 4099)),
        kind=st.sampled_from(
            ["Refund", "Void", "Repeat", "DeferredRelease", "DeferredCancel", "AuthoriseRelease"]
        ),
    )
    def follow_up(self, pick: int, amount: int, kind: str) -> None:
        card = self._pick("cards", pick)
        if card is None:
            return
        body: dict[str, Any] = {
            "payment_type": kind,
            "platform": "SmarterPayCloud",
            "custom_reference": f"F-{self._next()}",
        }
        if kind not in {"Void", "DeferredCancel"}:
            body["amount"] = amount
        self.life.card(f"/{card}", body, f"card-{self.number}")

    # --- Time, Bacs and trouble ---------------------------------------------------------------

    @rule(span=st.sampled_from(SPANS))
    def wait(self, span: str) -> None:
        self.life.control("clock", {"advance": span})

    @rule(days=st.integers(1, 8))
    def work_days(self, days: int) -> None:
        self.life.control("clock", {"next_banking_day": days})

    @rule(code=st.sampled_from(CODES), pick=picks, moved=st.booleans())
    def report(self, code: str, pick: int, moved: bool) -> None:
        family = code[:5]
        kind = {"ARUCS": "credits", "AWACS": "credits", "ADDAC": "mandates", "AUDDI": "mandates"}
        record = self._pick(kind.get(family, "payments"), pick)
        if record is not None:
            body: dict[str, Any] = {"code": code, "record_id": record}
            if moved:
                body["new_details"] = NEW_DETAILS
            self.life.control("report", body)

    @rule(pick=picks, phrase=st.sampled_from(CHALLENGES))
    def challenge(self, pick: int, phrase: str) -> None:
        payment = self._pick("payments", pick)
        if payment is not None:
            self.life.control("challenge-report", {"record_id": payment, "phrase": phrase})

    @rule(kind=st.sampled_from(FAULTS))
    def trouble(self, kind: str) -> None:
        self.life.control("faults", {"kind": kind, "path": "/(payment|mandate|credit)"})

    @precondition(lambda self: self.number % 7 == 0)
    @rule()
    def restore(self) -> None:
        """A snapshot taken and stood on again changes nothing."""
        self.life.control("snapshot", self.life.sandbox.control("snapshot"))

    @invariant()
    def books_balance_and_nobody_moved_off_the_table(self) -> None:
        records = self.life.records()
        check_moves(self.before, records)
        check_books(records)
        self.before = records

    def teardown(self) -> None:
        """Everything was told, and the same calls give the same bytes."""
        if not hasattr(self, "life"):
            return
        try:
            self._look_back()
        finally:
            self.life.close()

    def _look_back(self) -> None:
        now = datetime.fromisoformat(self.life.control("clock", {"advance": "10s"})["now"])
        told_by = now - timedelta(seconds=3)
        check_events(self.life.records(), self.receiver.events, told_by)
        sent = [(one.headers["webhook-signature"], one.body) for one in self.receiver.received]
        self.receiver.received.clear()
        again = self.life.lived_again()
        again.close()
        assert again.answers == self.life.answers
        told = [(one.headers["webhook-signature"], one.body) for one in self.receiver.received]
        assert told == sent
