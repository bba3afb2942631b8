"""Wishes for payers: our reference goes on all that comes of them, bad ones are refused by name."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from smarterpay.api import InvalidRequest
from smarterpay.clock import FixedClock
from smarterpay.intake.payer_values import NothingToHandOut, browser_values, link_address
from smarterpay.intake.payer_wishes import (
    WishConflict,
    card_payment_of,
    payment_link_of,
    stage_card_payment,
    stage_payment_link,
)
from smarterpay.journal import Journal
from smarterpay.journal.journeys import CARD, LINK
from smarterpay.settings import Settings
from tests.api import builders
from tests.journal.builders import NOW


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    """An empty journal."""
    with Journal.open(Settings(home=tmp_path), clock=FixedClock(NOW)) as opened:
        yield opened


def test_section_7_12_the_reference_goes_on_every_record_a_link_creates(journal: Journal) -> None:
    wish = builders.payment_link(metadata_mandate="our own words", amount=2500)
    journey = stage_payment_link(journal, "LINK-1", wish)
    kept = payment_link_of(journal.journeys.wish(LINK, "LINK-1"))
    assert journey.amount_pence == 2500
    assert (kept.metadata, kept.metadata_mandate) == ("LINK-1", "our own words")
    references = {
        kept.bank_account_custom_reference,
        kept.card_payment_custom_reference,
        kept.customer_custom_reference,
        kept.recurrence_schedule_custom_reference,
    }
    assert references == {"LINK-1"}


def test_section_8_a_card_payment_carries_the_reference_and_is_read_back_as_it_was(
    journal: Journal,
) -> None:
    wish = builders.register(internal_payment_description="for us")
    stage_card_payment(journal, "ORDER-1", wish)
    kept = card_payment_of(journal.journeys.wish(CARD, "ORDER-1"))
    assert kept == wish.model_copy(update={"custom_reference": "ORDER-1"})
    again = wish.model_copy(update={"custom_reference": "ORDER-1"})
    stage_card_payment(journal, "ORDER-1", again)


@pytest.mark.parametrize(
    ("reference", "changes", "field"),
    [
        ("", {}, "reference"),
        (" ORDER-1", {}, "reference"),
        ("ORDER\n1", {}, "reference"),
        ("O" * 51, {}, "reference"),
        ("ORDER-1", {"custom_reference": "ORDER-2"}, "custom_reference"),
        ("ORDER-1", {"currency_code": "EUR"}, "currency_code"),
    ],
)
def test_what_could_not_be_found_again_or_counted_is_refused(
    journal: Journal, reference: str, changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidRequest, match=field):
        stage_card_payment(journal, reference, builders.register(**changes))
    if field == "reference":
        with pytest.raises(InvalidRequest, match=field):
            stage_payment_link(journal, reference, builders.payment_link())


def test_another_wish_under_a_reference_in_use_names_the_fields_and_no_value(
    journal: Journal,
) -> None:
    stage_card_payment(journal, "ORDER-1", builders.register())
    journal.journeys.begin(CARD, "ORDER-1", NOW, NOW)
    other = builders.register(amount=9999, metadata="Qzcanary")
    with pytest.raises(WishConflict, match="fields that differ: amount, metadata") as conflict:
        stage_card_payment(journal, "ORDER-1", other)
    assert conflict.value.fields == ("amount", "metadata")
    assert "Qzcanary" not in str(conflict.value)
    assert "9999" not in str(conflict.value)


def test_nothing_is_handed_out_before_the_provider_has_answered(journal: Journal) -> None:
    stage_card_payment(journal, "ORDER-1", builders.register())
    stage_payment_link(journal, "LINK-1", builders.payment_link())
    with pytest.raises(NothingToHandOut, match="not been asked"):
        browser_values(journal, "ORDER-1")
    with pytest.raises(NothingToHandOut, match="not been asked"):
        link_address(journal, "LINK-1")
