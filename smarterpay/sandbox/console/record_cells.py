"""What the page shows of a record, and what it keeps back; knows no table and no rule.

Account numbers, sort codes and names are masked, addresses and e-mails too; keys, tokens and
the bodies of messages are not shown at all. What a tester writes into a free text is shown.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from smarterpay.sandbox.console.words import london
from smarterpay.sandbox.timing.clock import parse_stamp

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "customer_accounts": ("status", "custom_reference", "external_id", "country_code"),
    "bank_accounts": (
        "enabled",
        "account_name",
        "account_number",
        "bank_name",
        "debits_allowed",
        "credits_allowed",
        "bacs_code",
        "custom_reference",
    ),
    "account_validations": ("done", "successful_validation", "message", "mandate_id"),
    "mandates": (
        "dd_status",
        "auddis",
        "account_number",
        "sun",
        "bacs_code",
        "lodged_on",
        "last_debit_on",
    ),
    "recurrence_schedules": (
        "status",
        "type",
        "amount",
        "collection_period",
        "first_stored_date",
        "end_date",
        "auddis",
        "custom_reference",
    ),
    "bank_account_checks": ("reason_code", "name_match_result", "account_number"),
    "payments": (
        "status",
        "amount",
        "collection_date",
        "payment_type",
        "auddis",
        "bacs_code",
        "custom_reference",
    ),
    "credits": ("status", "amount", "credit_date", "bank_account", "bacs_code", "reference"),
    "api_requests": ("status", "record_type", "rows"),
    "submissions": (
        "status",
        "sun",
        "serial_number",
        "mandate_new_instruction_count",
        "payment_total_count",
        "payment_total_value",
        "credit_total_count",
        "credit_total_value",
    ),
    "submission_lines": (
        "status",
        "type",
        "transaction_code",
        "amount",
        "collection_date",
        "record_id",
    ),
    "cards": ("status", "card_type", "card_number_ending", "expiry_date", "custom_reference"),
    "payment_links": ("status", "ecommerce_page", "amount", "expires_at"),
    "ecommerce_page_setups": ("name", "payment_types", "single_use", "expiry", "branding"),
    "ecommerce_brandings": ("name", "template", "logo_filename"),
    "due_reports": ("day", "code", "record_kind", "record_id"),
    "subscriptions": ("enabled", "url", "version", "batch_size", "authorisation"),
    "outbound_messages": ("status", "record_type", "subscription_id", "subject", "sent_at"),
    "client_bank_accounts": ("friendly_name", "sun", "account_number", "default_account"),
    "service_user_numbers": ("sun", "friendly_name", "default_sun", "active"),
}
"""The columns of a kind beside id and creation; a kind without an entry shows its status."""

HIDDEN_WORDS = ("encryption_key", "secret", "password", "token", "report", "body")
"""An attribute with such a part in its name is not shown."""
MASKED_WORDS = (
    "account_number",
    "sort_code",
    "account_name",
    "first_name",
    "last_name",
    "company_name",
    "title",
    "email",
    "address",
    "city",
    "postal_code",
    "postcode",
    "name_on_card",
    "phone",
    "customer_name",
    "card_holder",
)
"""An attribute with such a part in its name is masked."""
SHOWN_DIGITS = 3
MASKED = frozenset({"to", "user", "error_profile"})
"""An attribute of exactly such a name is masked too."""
_PENCE = frozenset(
    {
        "amount",
        "first_collection_amount",
        "initial_amount",
        "refunded",
        "released",
        "payment_total_value",
        "credit_total_value",
    }
)


@dataclass(frozen=True, slots=True)
class Cell:
    """One value as it is shown; `number` for what is read by its digits, `link` for an address."""

    name: str
    text: str
    number: bool = False
    link: bool = False


def columns_of(kind: str) -> tuple[str, ...]:
    """The attributes of a kind that its table shows beside id and creation."""
    return COLUMNS.get(kind, ("status",))


def cells(record: Any, names: tuple[str, ...]) -> list[Cell]:
    """Those attributes of a record; empty where it has none of that name."""
    return [cell(record, name) for name in names]


def all_cells(record: Any) -> list[Cell]:
    """Every attribute of a record that says something."""
    shown = [cell(record, field.name) for field in fields(record)]
    return [one for one in shown if one.text]


def cell(record: Any, name: str) -> Cell:
    """One attribute of a record, masked or kept back where its name says so."""
    value = getattr(record, name, "")
    if value is None or value in ("", [], {}):
        return Cell(name, "")
    if any(word in name for word in HIDDEN_WORDS):
        return Cell(name, "(not shown)")
    if name in MASKED or any(word in name for word in MASKED_WORDS):
        return Cell(name, masked(str(value)))
    if name in _PENCE and isinstance(value, int):
        return Cell(name, money(value, getattr(record, "currency_code", "GBP")), number=True)
    return _plain(name, value)


def masked(text: str) -> str:
    """A text of which the last three digits of a long number, or each word's first sign, stay."""
    if text.isdigit():
        kept = text[-SHOWN_DIGITS:] if len(text) > SHOWN_DIGITS else ""
        return kept.rjust(len(text), "•")
    return " ".join(f"{word[0]}•••" for word in text.split())


def money(pence: int, currency: str) -> str:
    """An amount in the smallest unit, as a person reads it: `£25.00`."""
    text = f"{pence / 100:,.2f}"
    return f"£{text}" if currency == "GBP" else f"{text} {currency}"


def _plain(name: str, value: Any) -> Cell:
    if isinstance(value, bool):
        return Cell(name, "yes" if value else "no")
    if isinstance(value, int):
        return Cell(name, str(value), number=True)
    if isinstance(value, list | dict):
        return Cell(name, f"{len(value)} {'entry' if len(value) == 1 else 'entries'}")
    if name.endswith("_at"):
        return Cell(name, _instant(value))
    text = str(value)
    address = name.endswith("url") and text.startswith(("http://", "https://"))
    return Cell(name, text, link=address)


def _instant(stamp: str) -> str:
    try:
        return london(parse_stamp(stamp))
    except ValueError:
        return stamp
