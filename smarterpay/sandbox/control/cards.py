"""The control calls about cards (section 12): the payer at the card form, in the tester's hand."""

import re
from datetime import date

from smarterpay.sandbox.cards.charges import ENDINGS, CardFace, default_face, month_end
from smarterpay.sandbox.cards.completion import NothingToCompleteError, complete, waiting_payment
from smarterpay.sandbox.control.call import Body, ControlCall, ControlRefusal, Order
from smarterpay.sandbox.records.cards import Card
from smarterpay.sandbox.resources import card_transactions, cards

_FACE = ("card_number_ending", "card_type", "expiry_date", "name_on_card")
_ENDING = re.compile(r"[0-9]{4}")
_MONTH = re.compile(r"([0-9]{4})-([0-9]{2})(-[0-9]{2})?")
_MAX_TEXT = 50


def complete_card(order: Order) -> Body:
    """Complete the form of a card, or its 3-D Secure: `outcome`, and what the card looks like."""
    order.knows("outcome", "payment_id", *_FACE)
    card = card_transactions.find(order.platform, order.record_id)
    if card is None:
        raise ControlRefusal(404, "no such card")
    outcome = order.body.get("outcome", "")
    if outcome != "" and outcome not in ENDINGS:
        raise ControlRefusal(400, f"outcome must be one of {', '.join(ENDINGS)}")
    face = card_face(order, card)
    try:
        payment = waiting_payment(order.platform, card, str(order.body.get("payment_id", "")))
        complete(order.platform, card, payment, outcome, face)
    except NothingToCompleteError as nothing:
        raise ControlRefusal(409, str(nothing)) from None
    return {
        "card": cards.present(order.platform, card),
        "payment": card_transactions.present(payment, answered=False),
    }


def card_face(order: Order, card: Card) -> CardFace | None:
    """The card as the call describes it, the rest as section 13 has it; None for all of that.

    Raises `ControlRefusal` for a full card number, which the sandbox never takes.
    """
    given = {name: order.body[name] for name in _FACE if name in order.body}
    if not given:
        return None
    for name, value in given.items():
        if not isinstance(value, str) or not 1 <= len(value) <= _MAX_TEXT:
            raise ControlRefusal(400, f"{name} is a text of 1 to {_MAX_TEXT} characters")
    usual = default_face(order.platform, card)
    ending = given.get("card_number_ending", usual.card_number_ending)
    if _ENDING.fullmatch(ending) is None:
        raise ControlRefusal(400, "card_number_ending is the last four digits, never more")
    return CardFace(
        card_number_ending=ending,
        card_type=given.get("card_type", usual.card_type),
        expiry_date=_last_day(given.get("expiry_date", usual.expiry_date)),
        name_on_card=given.get("name_on_card", usual.name_on_card),
    )


def _last_day(text: str) -> str:
    """The last day of the month that a date or month lies in (section 7.15)."""
    found = _MONTH.fullmatch(text)
    try:
        if found is not None:
            day = date(int(found[1]), int(found[2]), 1)
            return month_end(day.year, day.month)
    except ValueError:
        pass
    raise ControlRefusal(400, "expiry_date is a month, YYYY-MM, or a date in it")


CARD_CALLS = (
    ControlCall(
        "POST",
        "cards/{id}/complete",
        complete_card,
        'Complete the card form: `{"outcome": "successful"}`, `"failed"`, `"cancelled"` or '
        '`"error"`, or none for what the amount says; `card_number_ending` (four digits), '
        "`card_type`, `expiry_date`, `name_on_card`; `payment_id` where several wait.",
    ),
)
