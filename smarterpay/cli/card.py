"""`smarterpay card`: card payments that payers make in a browser, and what follows on them."""

from typing import Any, NoReturn

from smarterpay.api import InvalidRequest
from smarterpay.api.models.transaction import TransactionRegister
from smarterpay.cli.applying import tell_of_question
from smarterpay.cli.exit_codes import (
    OK,
    ROWS_REJECTED,
    ROWS_UNFINISHED,
    Failure,
    leave,
)
from smarterpay.cli.journeys import document, exit_code, pence_of, print_journey, print_line
from smarterpay.cli.opening import open_journal, read_settings
from smarterpay.cli.printing import print_json
from smarterpay.cli.services import running_services
from smarterpay.cli.single_run import run_flow
from smarterpay.cli.who import who_types
from smarterpay.intake.payer_values import NothingToHandOut, browser_values
from smarterpay.intake.payer_wishes import CURRENCY, WishConflict, stage_card_payment
from smarterpay.journal import Journal
from smarterpay.journal.batch_kinds import COLLECTION, REFUND
from smarterpay.journal.batches import RowState
from smarterpay.journal.journeys import CARD, Journey, JourneyNotFound, Stage

REGISTER = "flows.card_journey:register_card_payment"
FOLLOW = "flows.card_journey:follow_card_payment"
FOLLOW_UPS = {
    "release": "flows.card_follow_ups:release_card_payment",
    "repeat": "flows.card_follow_ups:repeat_card_payment",
    "cancel": "flows.card_follow_ups:cancel_card_reservation",
    "void": "flows.card_follow_ups:void_card_payment",
}
_ROW_CODES = {
    RowState.SUCCEEDED: OK,
    RowState.REFUSED: ROWS_REJECTED,
    RowState.WAITING: ROWS_UNFINISHED,
    RowState.UNKNOWN: ROWS_UNFINISHED,
    RowState.NEEDS_ATTENTION: ROWS_UNFINISHED,
}


def register(
    reference: str,
    *,
    customer: str,
    amount: str,
    kind: str,
    profile: str | None,
    description: str | None,
    shown: str | None,
    as_json: bool,
) -> NoReturn:
    """Register a card payment once and print what the payer's browser needs.

    Asked again for the same, it prints the same. Raises `Failure`.
    """
    settings = read_settings()
    profile = profile or settings.card_gateway_profile
    if profile is None:
        raise Failure("name the --gateway-profile, or set SMARTERPAY_CARD_GATEWAY_PROFILE")
    fields: dict[str, Any] = {
        "payment_type": kind,
        "payment_gateway_profile_id": profile,
        "customer_id": customer,
        "amount": pence_of(amount),
        "currency_code": CURRENCY,
        "internal_payment_description": description,
        "gateway_payment_description": shown,
    }
    try:
        wish = TransactionRegister(**fields)
    except InvalidRequest as error:
        raise Failure(str(error)) from error
    with running_services(settings) as services, open_journal(services.settings) as journal:
        try:
            journey = stage_card_payment(journal, reference, wish)
        except (InvalidRequest, WishConflict) as error:
            raise Failure(str(error)) from error
        if journey.record_id is None:
            run_flow(services, REGISTER, reference)
        _hand_out(journal, journal.journeys.get(CARD, reference), as_json=as_json)


def _hand_out(journal: Journal, journey: Journey, *, as_json: bool) -> NoReturn:
    told = document(journey)
    try:
        values = browser_values(journal, journey.reference)
    except NothingToHandOut as nothing:
        if as_json:
            print_json(told)
        else:
            print_journey(journey)
            print_line(f"    nothing for the browser: {nothing}")
        leave(exit_code(journey))
    handed = {
        "payment_id": values.payment_id,
        "card_id": values.card_id,
        "session_token": values.session_token.get_secret_value(),
    }
    if as_json:
        print_json(told | {"browser": handed})
    else:
        print_journey(journey)
        for name, value in handed.items():
            print_line(f"    {name}: {value}")
    leave(exit_code(journey, Stage.WAITING))


def status(reference: str, *, look: bool, as_json: bool) -> NoReturn:
    """Print how a card payment stands, after a look at the provider if asked; raises `Failure`."""
    settings = read_settings()
    if look:
        with running_services(settings) as services:
            _must_be_known(services.settings, reference)
            run_flow(services, FOLLOW, reference)
            settings = services.settings
    journey = _must_be_known(settings, reference)
    if as_json:
        print_json(document(journey))
    else:
        print_journey(journey)
    leave(exit_code(journey))


def follow_up(
    verb: str,
    payment: str,
    *,
    reference: str,
    amount: str | None,
    by: str | None,
    dry_run: bool,
    as_json: bool,
) -> NoReturn:
    """Release, repeat, cancel or void a card payment, or say what would be done.

    `verb` is a key of `FOLLOW_UPS`, `by` who plans it and may not approve it. Raises `Failure`.
    """
    arguments: list[object] = [reference, payment]
    if verb in ("release", "repeat"):
        arguments.append(None if amount is None else pence_of(amount))
    planner = {"SMARTERPAY_PLANNED_BY": who_types(by)}
    with (
        running_services(read_settings()) as services,
        open_journal(services.settings) as journal,
    ):
        question = _Question(journal, verb, reference)
        ended = run_flow(
            services,
            FOLLOW_UPS[verb],
            *arguments,
            dry_run,
            changed=planner,
            meanwhile=question.tell,
        )
    if as_json:
        print_json(
            {
                "reference": reference,
                "payment": payment,
                "outcome": ended.name,
                "message": ended.message,
                "flow_run_url": services.flow_run_url(ended.flow_run_id),
            }
        )
    else:
        print_line(f"{ended.name}: {ended.message}")
    states = {state.value: code for state, code in _ROW_CODES.items()}
    leave(states.get(ended.data or "", OK))


class _Question:
    """Says once that the follow-up waits for approval, and who may give it."""

    def __init__(self, journal: Journal, verb: str, reference: str) -> None:
        self._journal = journal
        self._kind = COLLECTION if verb in ("release", "repeat") else REFUND
        self._reference = reference
        self._told: str | None = None

    def tell(self) -> None:
        """Look once whether there is a question."""
        try:
            row, _ = self._journal.batches.latest_row(self._kind, self._reference)
        except LookupError:
            return  # not staged yet
        self._told = tell_of_question(self._journal, row.batch_id, self._told)


def _must_be_known(settings: Any, reference: str) -> Journey:
    with open_journal(settings) as journal:
        try:
            return journal.journeys.get(CARD, reference)
        except JourneyNotFound as error:
            raise Failure(str(error)) from error
