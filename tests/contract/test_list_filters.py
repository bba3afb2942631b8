"""Filters and spellings that one list has for itself (sections 6, 7.13 and 7.15)."""

from typing import Any

from smarterpay.api.models.mandate import MandateUpdate
from tests.contract.judge import judge
from tests.contract.listed import Listed
from tests.contract.rows import GUID, STAMP, Ground, Of, Row, new_id, table
from tests.contract.stage import Stage


async def cards_of_two_customers(stage: Stage) -> Ground:
    """Three cards, of which the second is another customer's."""
    customer, other = await stage.customer(), await stage.customer()
    made = [
        await stage.charged(
            customer_id=owner.id,
            custom_reference="XYZ",
            metadata="m",
            internal_payment_description="internal",
            gateway_payment_description="shown",
        )
        for owner in (customer, other, customer)
    ]
    ids = [registered.card_id for registered in made]
    return Ground({}, known={"ids": ids, "customer": customer, "other": other})


async def mandates_sent(stage: Stage) -> Ground:
    """Three mandates: one lodged, one lodged and withdrawn, one not sent yet."""
    lodged, withdrawn = await stage.mandate(), await stage.mandate()
    stage.submit()
    await stage.cloud.mandates.update(withdrawn.id, MandateUpdate(dd_status="cancelled"))
    stage.submit()
    waiting = await stage.mandate()
    return Ground({}, known={"ids": [lodged.id, withdrawn.id, waiting.id]})


async def two_files(stage: Stage) -> Ground:
    """Three lines: a mandate and its payment in the first file, a mandate in the second."""
    payment = await stage.payment()
    stage.submit()
    mandate = await stage.mandate()
    stage.submit()
    ids = [found.id async for found in stage.cloud.submission_lines.list()]
    first, second = [found async for found in stage.cloud.submissions.list()]
    known = {"first": first, "second": second, "payment": payment, "mandate": mandate}
    return Ground({}, known={"ids": ids, **known})


async def one_card(stage: Stage) -> Ground:
    """A card taken by telephone, whose form is still open."""
    customer = await stage.customer()
    registered = await stage.registered(payment_type="MOTO", customer_id=customer.id)
    return Ground({}, known={"ids": [registered.card_id], "customer": customer})


async def one_account(stage: Stage) -> Ground:
    return Ground({}, known={"ids": [(await stage.bank_account()).id]})


_cards = Listed("card.list", "cards", cards_of_two_customers, wire_id="ID")
_mandates = Listed("mandate.list", "Mandates", mandates_sent)
_lines = Listed("submission_line.list", "submissionLines", two_files, wire_id="Id")
_open = Listed("card.list", "cards", one_card, wire_id="ID")
_accounts = Listed("bank_account.list", "bank_accounts", one_account, wire_id="Id")

CARD: dict[str, Any] = {
    "ID": GUID,
    "card_number_ending": "0006",
    "card_type": "Visa",
    "created_at": STAMP,
    "custom_referance": "XYZ",
    "customer_id": Of("customer.id"),
    "expiry_date": "2029-06-30",
    "gateway_payment_description": "shown",
    "internal_payment_description": "internal",
    "metadata": "m",
    "name_on_card": "James Hetfield",
    "payment_gateway": "OpayoPi",
    "status": "successful",
    "transaction_type": "Ecommerce",
}
NOT_KNOWN_YET = (
    "card_number_ending",
    "card_type",
    "custom_referance",
    "expiry_date",
    "gateway_payment_description",
    "internal_payment_description",
    "metadata",
    "name_on_card",
)
ACCOUNT: dict[str, Any] = {
    "Id": new_id("BA01"),
    "created_at": STAMP,
    "account_number": "75849855",
    "sort_code": "200052",
    "account_name": "J Hetfield",
    "bank_name": "BARCLAYS BANK PLC",
    "customer_account": "",
    "enabled": True,
    "custom_reference": "CUST-0042",
    "metadata": "",
    "credits_allowed": True,
    "debits_allowed": True,
}

ROWS: tuple[Row, ...] = (
    _cards.finds("cards as they are spelt", "7.15 D", (0, 1, 2), CARD),
    _cards.finds("cards of a customer", "7.15 A", (0, 2), customer_id=Of("customer.id")),
    _cards.finds("cards of another customer", "7.15 A", (1,), customer_id=Of("other.id")),
    _cards.finds("cards of nobody", "7.15 A", (), customer_id="CA01NOBODY"),
    _cards.finds("cards that are pending", "7.15 A", (), status="pending"),
    _open.finds(
        "a card taken by telephone, before the form is completed",
        "7.15 D, A",
        (0,),
        CARD | dict.fromkeys(NOT_KNOWN_YET, "") | {"status": "pending", "transaction_type": "MOTO"},
    ),
    _accounts.finds("accounts as they are spelt: Id", "7.2 D, 5 R", (0,), ACCOUNT),
    _mandates.finds("mandates lodged", "6 A, 10 D", (0, 1), transaction_code="0N"),
    _mandates.finds("mandates withdrawn", "6 A, 10 D", (1,), transaction_code="0C"),
    _mandates.finds("mandates converted", "6 A, 10 D", (), transaction_code="0S"),
    _lines.finds("lines of the first file", "7.13 A", (0, 1), submission_id=Of("first.id")),
    _lines.finds("lines of the second file", "7.13 A", (2,), submission_id=Of("second.id")),
    _lines.finds("lines of no file", "7.13 A", (), submission_id="FS01NONE"),
    _lines.finds("the line of a payment", "7.13 A", (1,), record_id=Of("payment.id")),
    _lines.finds("the line of a mandate", "7.13 A", (2,), record_id=Of("mandate.id")),
    _lines.finds(
        "the line of a payment in another file",
        "7.13 A",
        (),
        record_id=Of("payment.id"),
        submission_id=Of("second.id"),
    ),
)


@table(*ROWS)
async def test_own_filter(row: Row, stage: Stage) -> None:
    await judge(row, stage)
