"""What may still be taken from a card, by the payments on it; pure: it reads nothing.

The provider and the gateway judge again (reference, section 8). These rules say beforehand, by
name, what would be refused.

CardLimit
├── NothingReserved              the card holds no reservation (or authentication) to release
├── ReservationPending           the payer has not finished the card form
├── ReservationLapsed            cancelled, or too old
├── AlreadyReleased              nothing of it is left
├── ReleaseExceedsReservation    more is asked for than is left of it
└── CardHasNoSuccessfulPayment   there is nothing that a Repeat could repeat
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import ClassVar

from smarterpay.money.pounds import in_pounds

DEFERRED = frozenset({"deferredmoto", "deferredecommerce"})
AUTHENTICATED = frozenset({"authenticatemoto", "authenticateecommerce"})
_RELEASES = frozenset({"deferredrelease", "authoriserelease"})
_REFUND = "refund"
_SUCCESSFUL, _PENDING, _CANCELLED = "successful", "pending", "cancelled"
_CAME_TO_NOTHING = frozenset({_CANCELLED, "failed", "error"})


@dataclass(frozen=True, slots=True)
class CardPayment:
    """One payment on a card as the provider lists it (section 7.7, with `card_id`).

    `amount_pence` is pence, `made_on` the London date it was made on and `related` the payment
    that it releases, refunds or repeats, both where the list tells.
    """

    id: str
    payment_type: str
    status: str
    amount_pence: int
    made_on: date | None
    related: str | None = None

    @property
    def kind(self) -> str:
        """Its type without capitals and blanks."""
        return self.payment_type.replace(" ", "").lower()


class CardLimit(ValueError):
    """A limit of section 8 forbids the charge. `reason` is a word for machines.

    `payment` is the reservation it is about, where there is one; the text says what to do.
    """

    reason: ClassVar[str]

    def __init__(self, what: str, payment: CardPayment | None = None) -> None:
        self.payment = payment
        super().__init__(what)


class NothingReserved(CardLimit):
    """The card holds no payment of the kind that is to be released."""

    reason = "nothing-reserved"


class ReservationPending(CardLimit):
    """The payer has not finished the card form: what is to be released may yet come about."""

    reason = "reservation-pending"


class ReservationLapsed(CardLimit):
    """The reservation was cancelled or is older than the gateway keeps it."""

    reason = "reservation-lapsed"


class AlreadyReleased(CardLimit):
    """All that may be released was released, or is under way."""

    reason = "already-released"


class ReleaseExceedsReservation(CardLimit):
    """`asked_pence` is more than the `left_pence` that may still be released."""

    reason = "release-exceeds-reservation"

    def __init__(self, payment: CardPayment, asked_pence: int, left_pence: int) -> None:
        self.asked_pence, self.left_pence = asked_pence, left_pence
        super().__init__(
            f"{in_pounds(asked_pence)} is more than the {in_pounds(left_pence)} that may still be "
            f"released of {payment.id}; ask for less, or have the payer pay anew",
            payment,
        )


class CardHasNoSuccessfulPayment(CardLimit):
    """A Repeat needs one successful payment on the card."""

    reason = "card-has-no-successful-payment"


def check_deferred_release(
    payments: Iterable[CardPayment],
    amount_pence: int,
    *,
    today: date,
    valid_days: int,
    named: str | None = None,
) -> CardPayment:
    """The reservation that `amount_pence` may be released of, once; raises a `CardLimit`.

    `payments` are those of one card, `named` is the id of its reservation where the caller has
    it. A reservation is good for `valid_days` days after it was made, which the gateway decides.
    """
    on_card = list(payments)
    reservation = _reservation(on_card, DEFERRED, named)
    if _released(on_card, reservation):
        raise AlreadyReleased(
            f"{reservation.id} was released already, and is released once; a further charge needs "
            "a Repeat or a new payment",
            reservation,
        )
    _refuse_what_does_not_stand(reservation, today, valid_days)
    if amount_pence > reservation.amount_pence:
        raise ReleaseExceedsReservation(reservation, amount_pence, reservation.amount_pence)
    return reservation


def check_authorised_release(
    payments: Iterable[CardPayment],
    amount_pence: int,
    *,
    today: date,
    valid_days: int,
    named: str | None = None,
) -> CardPayment:
    """The authenticated payment that `amount_pence` may be charged to; raises a `CardLimit`.

    As `check_deferred_release`, but released in parts until the amount is used up. What is under
    way counts as used.
    """
    on_card = list(payments)
    authenticated = _reservation(on_card, AUTHENTICATED, named)
    used = sum(release.amount_pence for release in _released(on_card, authenticated))
    left = authenticated.amount_pence - used
    if left <= 0:
        raise AlreadyReleased(
            f"all of {authenticated.id} was released already; a further charge needs a Repeat or a "
            "new payment",
            authenticated,
        )
    _refuse_what_does_not_stand(authenticated, today, valid_days)
    if amount_pence > left:
        raise ReleaseExceedsReservation(authenticated, amount_pence, left)
    return authenticated


def check_repeat(payments: Iterable[CardPayment], *, named: str | None = None) -> None:
    """That a card's `payments` hold one to repeat, the `named` one where one is named.

    Raises `CardHasNoSuccessfulPayment`. The amount is free (section 8, "Repeat").
    """
    on_card = [one for one in payments if named in (None, one.id)]
    if not any(one.status == _SUCCESSFUL and one.kind != _REFUND for one in on_card):
        which = "the card has no successful payment" if named is None else f"{named} is not one"
        raise CardHasNoSuccessfulPayment(
            f"a Repeat needs a successful payment of this card, and {which}; have the payer pay "
            "with the card once"
        )


def _reservation(
    payments: Sequence[CardPayment], kinds: frozenset[str], named: str | None
) -> CardPayment:
    found = [one for one in payments if one.kind in kinds and named in (None, one.id)]
    # A card is registered with one payment; should there be more, what stands comes first.
    found.sort(key=lambda one: (one.status != _SUCCESSFUL, one.made_on or date.max, one.id))
    if not found or found[0].status not in (_SUCCESSFUL, _PENDING, _CANCELLED):
        what = "reserved" if kinds is DEFERRED else "authenticated"
        raise NothingReserved(
            f"nothing stands {what} on this card; look the payment up, or have the payer pay anew"
        )
    return found[0]


def _released(payments: Iterable[CardPayment], reservation: CardPayment) -> Sequence[CardPayment]:
    """The releases that took of it or may yet: one that came to nothing gave it back.

    A status that we do not know may be either.
    """
    return [
        one
        for one in payments
        if one.kind in _RELEASES
        and one.related in (None, "", reservation.id)
        and one.status not in _CAME_TO_NOTHING
    ]


def _refuse_what_does_not_stand(reservation: CardPayment, today: date, valid_days: int) -> None:
    if reservation.status == _PENDING:
        raise ReservationPending(
            f"the payer has not finished the card form of {reservation.id}; resume the batch later",
            reservation,
        )
    made_on = reservation.made_on  # where nobody tells, the gateway alone judges its age
    is_old = made_on is not None and today > made_on + timedelta(days=valid_days)
    if reservation.status == _CANCELLED or is_old:
        raise ReservationLapsed(
            f"{reservation.id} was cancelled or has lapsed (made on {made_on}, good for "
            f"{valid_days} days); have the payer pay anew",
            reservation,
        )
