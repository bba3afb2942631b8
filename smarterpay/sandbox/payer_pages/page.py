"""Shows the card form and the payment page, and takes what is filled in; knows no rule."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from jinja2 import Environment, PackageLoader, StrictUndefined

from smarterpay.bacs import CardPaymentStatus, PaymentLinkStatus
from smarterpay.sandbox.cards.charges import ENDINGS
from smarterpay.sandbox.cards.completion import NothingToCompleteError, complete, waiting_payment
from smarterpay.sandbox.console.same_site import why_foreign
from smarterpay.sandbox.control.call import ControlRefusal
from smarterpay.sandbox.control.links import told, visit_of
from smarterpay.sandbox.http.answers import Answer, Refusal
from smarterpay.sandbox.http.protocol import Arrival
from smarterpay.sandbox.links.page_rules import CARD, EDIT, payment_types
from smarterpay.sandbox.links.page_seal import is_sealed_by
from smarterpay.sandbox.links.visits import PAYER, PAYERS_BANK, finish
from smarterpay.sandbox.platform import Platform
from smarterpay.sandbox.records.cards import Card
from smarterpay.sandbox.records.links import EcommercePageSetup, PaymentLink
from smarterpay.sandbox.resources import ecommerce_page_setups, payment_links
from smarterpay.sandbox.settings import CARD_FORM_PAGE, PAYMENT_LINK_PAGE, PAYMENT_PAGE

HTML = "text/html; charset=utf-8"
_PATHS = frozenset({CARD_FORM_PAGE, PAYMENT_LINK_PAGE, PAYMENT_PAGE})
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
_GUARDS = (
    ("Content-Security-Policy", _POLICY),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "same-origin"),
    ("Cache-Control", "no-store"),
)
_EMPTY_FORM = PAYER | PAYERS_BANK | {"amount": "25.00", "payment_type": ""}
_POUNDS = re.compile(r"[0-9]{1,8}(\.[0-9]{2})?")
_OVER = "There is nothing to be done here (any more)."


class PayerPages:
    """The payer's side of one sandbox."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._pages = Environment(
            loader=PackageLoader(__package__, "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._pages.filters["pounds"] = _pounds

    @staticmethod
    def owns(path: str) -> bool:
        """Whether the path is that of one of the pages."""
        return path in _PATHS

    async def answer(self, arrival: Arrival) -> Answer:
        """The page, or what came of its form.

        A form waits until a clock that is being moved has arrived.
        """
        await self._platform.catch_up()
        if arrival.method == "GET":
            return self._answer(arrival, None)
        if arrival.method != "POST":
            return self._said(405, "A form is sent with POST.", allow="GET, POST")
        foreign = why_foreign(arrival)
        if foreign is not None:
            return self._said(403, f"Not done: {foreign}.")
        form = dict(parse_qsl((arrival.body or b"").decode("utf-8", "replace")))
        async with self._platform.moving:
            return self._answer(arrival, form)

    def _answer(self, arrival: Arrival, form: Mapping[str, str] | None) -> Answer:
        query = dict(parse_qsl(arrival.query))
        if arrival.path == CARD_FORM_PAGE:
            return self._card(query.get("session_token", ""), form)
        if arrival.path == PAYMENT_LINK_PAGE:
            link = payment_links.find(self._platform, query.get("ID", ""))
            page_id = link.ecommerce_page if link else ""
        else:
            page_id = _unhexed(query.get("page", ""))
            link = _no_link(page_id)
        page = ecommerce_page_setups.find(self._platform, page_id)
        if page is None or link is None:
            return self._said(404, "There is no such page.")
        sealed = arrival.path == PAYMENT_PAGE
        if sealed and not is_sealed_by(page, query.get("setup", "")):
            return self._said(404, "There is no such page.")
        return self._payment(arrival, page, link, form)

    def _card(self, token: str, form: Mapping[str, str] | None) -> Answer:
        """The card form that a session token opens once (section 8, "Flow")."""
        found = self._platform.books.cards.having("session_token", token) if token else []
        if not found:
            return self._said(404, _OVER)
        card: Card = found[0]
        try:
            payment = waiting_payment(self._platform, card)
        except NothingToCompleteError:
            return self._said(410, _OVER)
        if form is None:
            return self._shown("card_form.html", card=card, payment=payment)
        outcome = form.get("outcome", "")
        if outcome and outcome not in ENDINGS:
            return self._said(400, "The form has no such button.")
        complete(self._platform, card, payment, outcome)
        return self._said(200, _WORDS[CardPaymentStatus(payment.status)])

    def _payment(
        self,
        arrival: Arrival,
        page: EcommercePageSetup,
        link: PaymentLink,
        form: Mapping[str, str] | None,
    ) -> Answer:
        """The page of a link or of a page setup itself."""
        if link.status != PaymentLinkStatus.ACTIVE:
            return self._said(410, f"This payment link is {link.status}.")
        if form is None:
            return self._shown_payment(arrival, page, link, _EMPTY_FORM)
        try:
            visit = visit_of(_visit(form), arrival.origin)
            finished = finish(self._platform, page, link, visit)
        except Refusal as refused:
            return self._shown_payment(arrival, page, link, form, told(refused))
        except ControlRefusal as refused:
            return self._shown_payment(arrival, page, link, form, refused.message)
        if not finished.done:
            return self._shown_payment(arrival, page, link, form, "The card was not accepted")
        return self._said(200, "Thank you, that is all.", way_back=finished.return_url)

    def _shown_payment(
        self,
        arrival: Arrival,
        page: EcommercePageSetup,
        link: PaymentLink,
        form: Mapping[str, str],
        fault: str = "",
    ) -> Answer:
        """The form, with what was filled in already where something is wrong with it."""
        types = payment_types(page)
        return self._shown(
            "payment.html",
            400 if fault else 200,
            page=page,
            link=link,
            fault=fault,
            types=types,
            action=f"{arrival.path}?{arrival.query}",
            asks_customer=page.customer_step == EDIT and not link.customer_account,
            asks_bank=page.bank_step == EDIT and not (link.bank_account or link.mandate),
            by_card=CARD in types,
            debits=types != (CARD,),
            filled={**_EMPTY_FORM, **form},
        )

    def _said(
        self, status: int, text: str, *, allow: str | None = None, way_back: str = ""
    ) -> Answer:
        answer = self._shown("said.html", status, text=text, way_back=way_back)
        return Answer(status, answer.body, HTML, allow=allow, headers=_GUARDS)

    def _shown(self, template: str, status: int = 200, **values: Any) -> Answer:
        text = self._pages.get_template(template).render(**values)
        return Answer(status, text.encode(), HTML, headers=_GUARDS)


_WORDS = {
    CardPaymentStatus.SUCCESSFUL: "Thank you, the card is accepted.",
    CardPaymentStatus.PENDING: "Thank you. The bank has yet to answer.",
    CardPaymentStatus.FAILED: "The card was declined.",
    CardPaymentStatus.CANCELLED: "The payment was cancelled.",
    CardPaymentStatus.ERROR: "Something went wrong; nobody knows yet what.",
}


def _visit(form: Mapping[str, str]) -> dict[str, Any]:
    """The form's fields as the control call has them."""
    body: dict[str, Any] = {
        "customer": {name: form[name] for name in PAYER if name in form},
        "bank_account": {name: form[name] for name in PAYERS_BANK if name in form},
        "payment_type": form.get("payment_type", ""),
        "outcome": form.get("outcome", ""),
    }
    pounds = form.get("amount", "").strip()
    if pounds:
        if _POUNDS.fullmatch(pounds) is None:
            raise ControlRefusal(400, "amount is in pounds, such as 25 or 25.00")
        whole, _, pence = pounds.partition(".")
        body["amount"] = int(whole) * 100 + int(pence or 0)
    return body


def _no_link(page_id: str) -> PaymentLink:
    """What a visit without a link goes by: nothing named, nothing overridden, never kept."""
    return PaymentLink(
        id="",
        created_at="",
        status=PaymentLinkStatus.ACTIVE.value,
        url="",
        ecommerce_page=page_id,
    )


def _unhexed(text: str) -> str:
    try:
        return bytes.fromhex(text).decode("ascii")
    except ValueError:
        return ""


def _pounds(amount: int) -> str:
    return f"{amount // 100}.{amount % 100:02d}"
