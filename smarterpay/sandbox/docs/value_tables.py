"""The test values and fixtures as tables for people, made from what the rules act on; no rule."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from smarterpay.sandbox import triggers
from smarterpay.sandbox.books.books import Books
from smarterpay.sandbox.fixtures import (
    API_KEYS,
    GATEWAY_PROFILE,
    OAUTH_CLIENT,
    OAUTH_SECRET,
    SUBSCRIPTION,
    SUBSCRIPTION_KEY,
    put_fixtures,
)
from smarterpay.sandbox.http.oauth import PATH as TOKEN_PATH
from smarterpay.sandbox.records.accounts import CLIENT, USER
from smarterpay.sandbox.settings import MATCH_PERCENT, OAUTH_LIFETIME

Rows = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ValueTable:
    """Test values of one kind: where they are given, the value, and its effect in words.

    Words between backticks are wire words. `anchor` names the table in a page, `note` is what
    holds for several rows.
    """

    anchor: str
    title: str
    given: str
    rows: Rows
    note: str = ""


@cache
def value_tables() -> tuple[ValueTable, ...]:
    """All test values of section 13, and the records that are there from the start."""
    return (
        ValueTable(
            "account-endings",
            "Account numbers",
            "bank account number ends",
            tuple((ending, found.effect) for ending, found in triggers.ACCOUNT_ENDINGS.items()),
            f"New details are {_account(triggers.NEW_DETAILS)}.",
        ),
        ValueTable(
            "amounts",
            "Amounts of payments and credits",
            "pence, that item only",
            tuple((str(pence), found.effect) for pence, found in triggers.AMOUNTS.items()),
        ),
        ValueTable(
            "card-amounts",
            "Amounts of card payments",
            "Register, Repeat and releases",
            tuple((str(amount), found.effect) for amount, found in triggers.CARD_AMOUNTS.items()),
            f"A card is completed as a {triggers.CARD_TYPE} ending {triggers.CARD_NUMBER_ENDING}, "
            "unless the control call says otherwise.",
        ),
        ValueTable(
            "validation-names",
            "Account validation",
            "account name ends, or reference of a stand-alone validation starts",
            (*_validation_rows(),),
        ),
        ValueTable(
            "check-names",
            "Confirmation of Payee",
            "name of the account check ends",
            (*_check_rows(),),
        ),
        ValueTable(
            "bulk",
            "Bulk rows",
            "`custom_reference` (credits: `reference`) of the row starts",
            (
                (
                    triggers.BULK_FAILURE_START,
                    f"The row fails with `{triggers.BULK_FAILURE_MESSAGE}`, and its event is sent",
                ),
            ),
        ),
        ValueTable("tokens", "Tokens", "bearer token", (*_token_rows(),)),
        ValueTable("fixtures", "There from the start", "id", (*_fixture_rows(),)),
    )


def _account(held: triggers.HeldAccount) -> str:
    return f"{held.sort_code} / {held.account_number}"


def _validation_rows() -> Iterator[tuple[str, str]]:
    for word, found in triggers.VALIDATION_WORDS.items():
        yield word, found.effect
    held = triggers.STAND_ALONE_ACCOUNT
    account = f"{held.account_name}, {_account(held)}"
    match = f"Match {MATCH_PERCENT} % one minute later"
    yield "none of these", f"{match}; a stand-alone validation finds {account}"


def _check_rows() -> Iterator[tuple[str, str]]:
    for word, outcome in triggers.CHECK_WORDS.items():
        kind = "other account type, " if outcome.account_type_result is False else ""
        match = f"name match `{outcome.name_match_result}`"
        yield word, f"{outcome.result_text}: {match}, {kind}reason `{outcome.reason_code}`"
    full = triggers.check_outcome("")
    yield "none of these", f"{full.result_text}: reason `{full.reason_code}`"


def _token_rows() -> Iterator[tuple[str, str]]:
    for token, key in API_KEYS.items():
        if not key.valid:
            yield token, "Every call answers 498"
        elif key.rate_limit is not None:
            yield token, f"Works, {key.rate_limit} requests per window"
        else:
            yield token, "Works"
    lasting = f"its tokens work for {OAUTH_LIFETIME.total_seconds():.0f} simulated seconds"
    yield f"{OAUTH_CLIENT} / {OAUTH_SECRET}", f"Client id and secret of `{TOKEN_PATH}`; {lasting}"


def _fixture_rows() -> Iterator[tuple[str, str]]:
    yield CLIENT, "The client"
    yield USER, "The user"
    yield GATEWAY_PROFILE, "Payment gateway profile"
    yield SUBSCRIPTION_KEY, f"Webhook key of {SUBSCRIPTION}"
    books = Books()
    put_fixtures(books, "2026-06-01T08:00:00Z")
    for kind, table in books.tables.items():
        for record in table:
            yield record.id, _fixture(kind, record)


def _fixture(kind: str, record: Any) -> str:
    """A fixture in a few words: its kind, its SUN, and its own name where it has one."""
    word = kind.removesuffix("s").replace("_", " ").capitalize()
    told = [word]
    if getattr(record, "sun", ""):
        default = getattr(record, "default_sun", False) or getattr(record, "default_account", False)
        told.append(f"SUN {record.sun}{', the default' if default else ''}")
    told += [name for name in (getattr(record, "friendly_name", ""),) if name]
    told += [name for name in (getattr(record, "name", ""),) if name]
    return ", ".join(told)
