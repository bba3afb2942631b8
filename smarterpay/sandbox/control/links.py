"""The control calls about links and pages: the payer's hand and the portal's; no browser page."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from smarterpay.sandbox.bacs_work.collection_plan import MONTHLY, WEEKLY
from smarterpay.sandbox.cards.charges import ENDINGS
from smarterpay.sandbox.control.call import Body, ControlCall, ControlRefusal, Order
from smarterpay.sandbox.http.answers import Refusal
from smarterpay.sandbox.links.page_rules import EXPIRY_DAYS, PAYMENT_TYPES, STEPS
from smarterpay.sandbox.links.visits import Visit, finish
from smarterpay.sandbox.resources import (
    client_bank_accounts,
    ecommerce_page_setups,
    payment_links,
)
from smarterpay.sandbox.resources.recurrence_schedules import DAYS
from smarterpay.sandbox.settings import MAX_DESCRIPTION, MAX_PENCE, MAX_STRETCH

_VISIT = ("payment_type", "customer", "bank_account", "amount", "outcome")


def complete_link(order: Order) -> Body:
    """Finish the page of a link as its payer would; what is left out is as usual."""
    order.knows(*_VISIT)
    link = payment_links.find(order.platform, order.record_id)
    if link is None:
        raise ControlRefusal(404, "no such payment link")
    page = ecommerce_page_setups.find(order.platform, link.ecommerce_page)
    if page is None:
        raise ControlRefusal(404, "the page setup of this link is gone")
    if link.status != "active":
        raise ControlRefusal(409, f"the payment link is {link.status}")
    address = urlsplit(link.url)
    visit = visit_of(order.body, f"{address.scheme}://{address.netloc}")
    try:
        finished = finish(order.platform, page, link, visit)
    except Refusal as refused:
        raise ControlRefusal(400, told(refused)) from None
    return {
        "link": payment_links.present(order.platform, link),
        "created": finished.created,
        "done": finished.done,
        "return_url": finished.return_url,
    }


def visit_of(body: Mapping[str, Any], origin: str) -> Visit:
    """What the payer fills in, from the properties of a call; raises `ControlRefusal` (400)."""
    for name in ("customer", "bank_account"):
        if not isinstance(body.get(name, {}), dict):
            raise ControlRefusal(400, f"{name} is an object of what the payer enters")
    amount = body.get("amount")
    if amount is not None and not _is_whole(amount, MAX_PENCE):
        raise ControlRefusal(400, f"amount is pence, from 1 to {MAX_PENCE}")
    outcome = body.get("outcome", "")
    if outcome != "" and outcome not in ENDINGS:
        raise ControlRefusal(400, f"outcome must be one of {', '.join(ENDINGS)}")
    return Visit(
        origin=origin,
        payment_type=str(body.get("payment_type", "")),
        customer=body.get("customer", {}),
        bank_account=body.get("bank_account", {}),
        amount=amount,
        outcome=outcome,
    )


def told(refused: Refusal) -> str:
    """A refusal in one line: the fields and what is wrong with them, no value."""
    faults = "; ".join(f"{fault.field} {fault.message}" for fault in refused.details)
    return faults or refused.message


def set_up_page(order: Order) -> Body:
    """Change the page setup, all or nothing: what the merchant does in the portal."""
    page = ecommerce_page_setups.find(order.platform, order.record_id)
    if page is None:
        raise ControlRefusal(404, "no such page setup")
    order.knows(*_PAGE_RULES)
    for name, value in order.body.items():
        meaning, fits = _PAGE_RULES[name]
        if not fits(value):
            raise ControlRefusal(400, f"{name} is {meaning}")
    wanted = dict(order.body)
    if "client_bank_account" in wanted:
        own = client_bank_accounts.find(order.platform, wanted["client_bank_account"])
        if own is None:
            raise ControlRefusal(400, "client_bank_account is an account of the client")
        wanted["client_bank_account"] = own.id
    changed = replace(page, **wanted)
    order.platform.books.ecommerce_page_setups.put(changed)
    shown = ecommerce_page_setups.present(changed, "")
    del shown["encryption_key"]
    return shown


def _is_whole(value: Any, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= most


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= MAX_DESCRIPTION


def _one_of(words: tuple[str, ...]) -> "_PageRule":
    return "one of " + ", ".join(words), lambda value: value in words


def _are_types(value: Any) -> bool:
    if not isinstance(value, str):
        return False
    return all(word.strip() in PAYMENT_TYPES for word in value.split(","))


_PageRule = tuple[str, Callable[[Any], bool]]
_TEXT: _PageRule = (f"a text of at most {MAX_DESCRIPTION} characters", _is_text)
_FLAG: _PageRule = ("true or false", lambda value: isinstance(value, bool))
_PAGE_RULES: Mapping[str, _PageRule] = {
    "name": _TEXT,
    "description": _TEXT,
    "on_page_description": _TEXT,
    "client_bank_account": _TEXT,
    "payment_types": ("of " + ", ".join(PAYMENT_TYPES) + ", separated by commas", _are_types),
    "collection_period": _one_of((MONTHLY, WEEKLY)),
    "collection_day": _one_of(DAYS),
    "collection_stretch": (
        f"a whole number from 1 to {MAX_STRETCH}",
        lambda value: _is_whole(value, MAX_STRETCH),
    ),
    "single_use": _FLAG,
    "account_validation_required": _FLAG,
    "expiry": _one_of(tuple(EXPIRY_DAYS)),
    **dict.fromkeys(
        ("payment_type_step", "customer_step", "bank_step", "card_step", "schedule_step"),
        _one_of(STEPS),
    ),
}

LINK_CALLS = (
    ControlCall(
        "POST",
        "payment-links/{id}/complete",
        complete_link,
        "Finish the page of a link as the payer: `customer` and `bank_account` as in the API, "
        "`payment_type`, `amount`, `outcome` of the card form; all may be left out.",
    ),
    ControlCall(
        "POST",
        "page-setups/{id}",
        set_up_page,
        "Set up the page as the portal does: `payment_types`, the five steps, `single_use`, "
        "`expiry`, `account_validation_required` and the rest.",
    ),
)
