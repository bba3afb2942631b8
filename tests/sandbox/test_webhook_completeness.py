"""Section 9 and issue 3: no change of a record without its event, whatever is done in any order."""

from collections import Counter
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.sandbox.caller import ACCOUNT, CREDIT, CUSTOMER, PAYMENT, SCHEDULE, Caller
from tests.sandbox.hooks import subscribe
from tests.sandbox.receiver import Receiver, receiving
from tests.sandbox_process import SandboxProcess

TOLD_OF = {
    "customer_accounts": ("customer_account", {"city": "city"}),
    "bank_accounts": (
        "bank_account",
        {
            "enabled": "enabled",
            "credits_allowed": "credits_allowed",
            "account_number": "account_number",
            "bacs_code": "bacs_reason_code",
        },
    ),
    "mandates": ("mandate", {"dd_status": "status", "bacs_code": "bacs_reason_code"}),
    "payments": (
        "payment",
        {
            "status": "status",
            "amount": "amount",
            "collection_date": "collection_date",
            "payment_type": "payment_type",
            "bacs_code": "bacs_reason_code",
            "represented_collection_date": "represented_collection_date",
        },
    ),
    "credits": ("credit", {"status": "status", "amount": "amount", "credit_date": "credit_date"}),
    "cards": ("card_payment", {"status": "status", "card_number_ending": "card_number_ending"}),
    "payment_links": ("payment_link", {"status": "status"}),
    "recurrence_schedules": ("recurrence_schedule", {"status": "status"}),
    "account_validations": ("account_validation", {"account_name": "account_name"}),
}
"""What each kind of record is called in events, and which attribute is which property there."""

ENDINGS = ("855", "903", "911", "912", "919", "921", "924", "929", "930", "940", "955", "960")
AMOUNTS = (2500, 9010, 9012, 9055, 9060)
STEPS = st.one_of(
    st.tuples(st.just("account"), st.sampled_from(ENDINGS)),
    st.tuples(st.just("pay"), st.sampled_from(AMOUNTS)),
    st.tuples(st.just("credit"), st.sampled_from((2500, 9030))),
    st.tuples(st.just("bulk"), st.integers(1, 3)),
    st.tuples(st.just("card"), st.booleans()),
    st.tuples(st.just("cancel"), st.sampled_from(("mandate", "payment"))),
    st.tuples(st.just("disable"), st.booleans()),
    st.tuples(st.just("schedule"), st.just(2500)),
    st.tuples(st.just("link"), st.booleans()),
    st.tuples(st.just("validate"), st.sampled_from(("MA1", "NOMATCH", "AVERROR"))),
    st.tuples(st.just("customer"), st.sampled_from(("York", "Leeds"))),
    st.tuples(st.just("wait"), st.sampled_from(("1h", "1d", "4d", "15d"))),
)


class Merchant:
    """Does the steps on one customer, the latest account, mandate and payment."""

    def __init__(self, api: Caller) -> None:
        self.api = api
        self.customer: str = api.customer()["id"]
        self.account("855")

    def account(self, ending: str) -> None:
        made = self.api.account(account_number=f"12345{ending}", customer_account=self.customer)
        self.bank_account: str = made["id"]
        mandate = self.api.mandate(customer_bank_account=self.bank_account)
        self.mandate, self.auddis = mandate["id"], mandate["auddis"]
        self.payment = ""

    def _day(self) -> str:
        now: str = self.api.sandbox.control("clock")["london"]
        return now[:10]

    def pay(self, amount: int) -> None:
        wanted = PAYMENT | {"amount": amount, "auddis": self.auddis, "collection_date": self._day()}
        answer = self.api.post("payment", wanted)
        if answer.status_code == 200:
            self.payment = answer.json()["payment"]["id"]

    def credit(self, amount: int) -> None:
        wanted = {"amount": amount, "bank_account": self.bank_account, "credit_date": self._day()}
        self.api.post("credit", CREDIT | wanted)

    def bulk(self, count: int) -> None:
        row = PAYMENT | {"auddis": self.auddis, "collection_date": self._day()}
        self.api.bulk("payments", [row] * count + [{"custom_reference": "BULKFAIL"}])

    def card(self, completed: bool) -> None:
        registered = self.api.register(customer_id=self.customer).json()
        if completed:
            self.api.complete(registered["card_id"])

    def cancel(self, kind: str) -> None:
        if kind == "mandate":
            self.api.put("Mandate", self.mandate, {"dd_status": "cancelled"})
        elif self.payment:
            self.api.put("payment", self.payment, {"status": "cancelled"})

    def disable(self, enabled: bool) -> None:
        self.api.put("bank_account", self.bank_account, {"enabled": enabled})

    def schedule(self, amount: int) -> None:
        wanted = {"amount": amount, "auddis": self.auddis, "first_collection_date": self._day()}
        self.api.post("recurrence_schedule", SCHEDULE | wanted)

    def link(self, cancelled: bool) -> None:
        fields = {"ecommerce_page": "EP02SANDBOXPAGE00001", "customer_account": self.customer}
        link = self.api.send("POST", "paymentlink", {"payment_link": fields}).json()["payment_link"]
        if cancelled:
            path = f"paymentlink/{link['id']}"
            self.api.send("PUT", path, {"payment_link": {"status": "cancelled"}})

    def validate(self, reference: str) -> None:
        wanted = {"client_bank_account_id": "OB01SANDBOXMAIN00001", "reference": reference}
        self.api.post("account_validation", wanted)

    def set_city(self, city: str) -> None:
        self.api.put("Customer_Account", self.customer, {"city": city})

    def wait(self, span: str) -> None:
        self.api.sandbox.advance(span)

    def do(self, steps: list[tuple[str, Any]]) -> None:
        """The steps in their order; one that is refused changes nothing."""
        work: dict[str, Callable[[Any], None]] = {
            "account": self.account,
            "pay": self.pay,
            "credit": self.credit,
            "bulk": self.bulk,
            "card": self.card,
            "cancel": self.cancel,
            "disable": self.disable,
            "schedule": self.schedule,
            "link": self.link,
            "validate": self.validate,
            "customer": self.set_city,
            "wait": self.wait,
        }
        for name, value in steps:
            work[name](value)


def lived(sandbox: SandboxProcess, receiver: Receiver, steps: list[tuple[str, Any]]) -> Any:
    """The records after the steps, each of which raised its events into the receiver."""
    sandbox.reset(seed=5)
    sandbox.settings(rate_limit=None)
    subscribe(sandbox, receiver, batch_size=7)
    api = Caller(sandbox)
    Merchant(api).do(steps)
    sandbox.advance("2m")
    api.close()
    return sandbox.books(records=True)["records"]


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps=st.lists(STEPS, min_size=5, max_size=14))
def test_every_record_is_as_its_last_event_says(
    sandbox_program: SandboxProcess, steps: list[tuple[str, Any]]
) -> None:
    with receiving() as receiver:
        records = lived(sandbox_program, receiver, steps)
    events = receiver.events
    assert len({event["event_id"] for event in events}) == len(events)
    for table, (kind, properties) in TOLD_OF.items():
        last = {e["id"]: e for e in events if e["event_type"].startswith(f"{kind}.")}
        created = Counter(e["id"] for e in events if e["event_type"] == f"{kind}.create")
        assert created == Counter(record["id"] for record in records[table])
        for record in records[table]:
            told = {name: last[record["id"]][name] for name in properties.values()}
            assert told == {
                name: None if record[attribute] == "" else record[attribute]
                for attribute, name in properties.items()
            }


def test_the_same_calls_give_the_same_webhooks(sandbox_program: SandboxProcess) -> None:
    """Section 12, "Advancing": ids, times and bodies."""
    steps: list[tuple[str, Any]] = [
        ("pay", 9010),
        ("bulk", 2),
        ("wait", "4d"),
        ("card", True),
        ("account", "921"),
        ("credit", 2500),
        ("wait", "15d"),
    ]
    bodies = []
    for _ in range(2):
        with receiving() as receiver:
            lived(sandbox_program, receiver, steps)
        bodies.append([webhook.body for webhook in receiver.received])
    assert bodies[0] == bodies[1]
    assert len(bodies[0]) > 5


def test_a_record_nobody_subscribed_to_costs_nothing(sandbox: SandboxProcess) -> None:
    """Without a receiver nothing is kept: no event, no message, no id drawn for one."""
    api = Caller(sandbox)
    for _ in range(3):
        api.post("bank_account", ACCOUNT)
        api.post("Customer_Account", CUSTOMER)
    sandbox.advance("1d")
    api.close()
    counts = sandbox.counts()
    assert (counts["webhook_events"], counts["outbound_messages"], counts["deliveries"]) == (
        0,
        0,
        0,
    )
