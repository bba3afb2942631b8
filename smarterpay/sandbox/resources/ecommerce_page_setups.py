"""Ecommerce page setups, V2 (reference, section 7.16); read only, knows no payment link."""

from typing import Any
from urllib.parse import urlencode

from smarterpay.sandbox.http.answers import Answer, success
from smarterpay.sandbox.http.resource import FLAG, NUMBER, TEXT, Call, Resource, Route
from smarterpay.sandbox.links.page_rules import EXPIRY_DAYS, STEPS
from smarterpay.sandbox.links.page_seal import seal
from smarterpay.sandbox.platform import Platform
from smarterpay.sandbox.records.links import EcommercePageSetup
from smarterpay.sandbox.settings import PAYMENT_PAGE

ENVELOPE = "ecommerce_setup"
SECTION = "7.16"
_STEP = {"type": "string", "enum": list(STEPS)}
ANSWER = {
    "id": TEXT,
    "name": TEXT,
    "url": TEXT,
    "collection_period": TEXT,
    "collection_day": TEXT,
    "payment_types": TEXT,
    "collection_stretch": NUMBER,
    "description": TEXT,
    "on_page_description": TEXT,
    "single_use": FLAG,
    "expiry": {"type": "string", "enum": list(EXPIRY_DAYS)},
    "payment_type_step": _STEP,
    "customer_step": _STEP,
    "bank_step": _STEP,
    "card_step": _STEP,
    "schedule_step": _STEP,
    "branding": TEXT,
    "client_bank_account": TEXT,
    "account_validation_required": FLAG,
    "encryption_key": {"type": "string", "pattern": "^[A-Za-z0-9+/]{43}=$"},
}


def get(_: Platform, call: Call) -> Answer:
    """The page setup as it stands, its secret key included."""
    return success(ENVELOPE, present(call.record, call.origin))


def present(page: EcommercePageSetup, origin: str) -> dict[str, Any]:
    """The page setup as the wire has it; `origin` is scheme and host of its `url`."""
    shown: dict[str, Any] = {"url": address(page, origin)}
    return {name: shown[name] if name in shown else getattr(page, name) for name in ANSWER}


def address(page: EcommercePageSetup, origin: str) -> str:
    """Where the page is: `page` is the hex of the record id, `setup` a ciphertext."""
    query = urlencode({"page": page.id.encode().hex(), "setup": seal(page)})
    return f"{origin}{PAYMENT_PAGE}?{query}"


def find(platform: Platform, record_id: str) -> EcommercePageSetup | None:
    """The page setup with this id, in any case."""
    return platform.books.ecommerce_page_setups.get(record_id.upper())


RESOURCE = Resource(
    service="Ecommerce page setup",
    rules=(
        "Page setups are made in the portal, here by `POST /_sandbox/page-setups/{id}`. "
        "`encryption_key` is a secret."
    ),
    routes=(
        Route(
            "ecommerce_page_setup.get",
            "GET",
            "/ecommercepagesetup/{id}",
            get,
            SECTION,
            "Read a page setup",
            ENVELOPE,
            ANSWER,
            locate=find,
        ),
    ),
)
