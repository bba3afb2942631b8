"""A merchant whose customers pay in a browser: wishes, and the payer's hand; knows no flow."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from smarterpay.api.models.payment_link import PaymentLinkCreate
from smarterpay.api.models.transaction import TransactionRegister
from smarterpay.intake.payer_wishes import stage_card_payment, stage_payment_link
from smarterpay.journal.journeys import CARD, LINK, Journey
from smarterpay.orchestration.runtime import Runtime
from tests.api import builders
from tests.flow_process import FlowProcess
from tests.sandbox_process import SandboxProcess

PROFILE = "PG01SANDBOXOPAYO0001"
PAGE = "EP02SANDBOXPAGE00001"
#: Marks in texts that may be personal, to be searched for where none may be.
WORDS = {
    "internal_payment_description": "Qzinternaldescription",
    "gateway_payment_description": "Qzgatewaydescription",
    "metadata": "Qzcardmetadata",
}

#: Runs the body of a flow: its `state` and `message`, or its `error`.
Body = Callable[..., dict[str, Any]]


class PayerScene:
    """One customer at one sandbox, and a merchant's journal."""

    def __init__(self, runtime: Runtime, sandbox: SandboxProcess, customer: str) -> None:
        self.runtime = runtime
        self.journal = runtime.journal
        self.sandbox = sandbox
        self.customer = customer

    @classmethod
    async def begin(cls, runtime: Runtime, sandbox: SandboxProcess) -> "PayerScene":
        """With a customer account at the provider."""
        customer = await runtime.cloud.customer_accounts.create(builders.customer())
        return cls(runtime, sandbox, customer.id)

    def wants(self, reference: str, amount: int = 2500, kind: str = "Ecommerce") -> Journey:
        """Stage a card payment."""
        return stage_card_payment(self.journal, reference, self.card_wish(amount, kind))

    def card_wish(self, amount: int = 2500, kind: str = "Ecommerce") -> TransactionRegister:
        """A card payment to be registered."""
        return builders.register(
            payment_type=kind, customer_id=self.customer, amount=amount, **WORDS
        )

    def wants_link(self, reference: str, **changes: Any) -> Journey:
        """Stage a payment link."""
        wish = PaymentLinkCreate(**{"ecommerce_page": PAGE, **changes})
        return stage_payment_link(self.journal, reference, wish)

    def card(self, reference: str) -> Journey:
        """How a card payment stands."""
        return self.journal.journeys.get(CARD, reference)

    def link(self, reference: str) -> Journey:
        """How a link stands."""
        return self.journal.journeys.get(LINK, reference)

    def pays(self, reference: str, outcome: str | None = None) -> None:
        """The payer completes the card form, as the amount or `outcome` says (section 13)."""
        body = {} if outcome is None else {"outcome": outcome}
        self.sandbox.control(f"cards/{self.card(reference).card}/complete", body)

    def visits(self, reference: str, **visit: Any) -> dict[str, Any]:
        """The payer finishes the page of a link (section 12)."""
        path = f"payment-links/{self.link(reference).record_id}/complete"
        done: dict[str, Any] = self.sandbox.control(path, visit)
        return done

    def page(self, **rules: Any) -> None:
        """Set up the page as the portal does."""
        self.sandbox.control(f"page-setups/{PAGE}", rules)

    def calls(self, method: str, ending: str) -> int:
        """How many calls with that method came to a path that ends so."""
        return sum(
            call["method"] == method and call["path"].rstrip("/").endswith(ending)
            for call in self.sandbox.requests()
        )


@pytest.fixture
async def scene(runtime: Runtime, sandbox: SandboxProcess) -> PayerScene:
    """A merchant with one customer."""
    return await PayerScene.begin(runtime, sandbox)


@pytest.fixture
def run(flows: FlowProcess) -> Iterator[Body]:
    """Runs bodies of flows within one flow run."""
    with flows.bodies() as body:
        yield body
