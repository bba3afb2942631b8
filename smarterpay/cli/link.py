"""`smarterpay link`: payment links, from their creation to what their payers made of them."""

from typing import Any, NoReturn

from smarterpay.api import InvalidRequest
from smarterpay.api.models.payment_link import PaymentLinkCreate
from smarterpay.cli.exit_codes import Failure, leave
from smarterpay.cli.journeys import document, exit_code, pence_of, print_journey, print_line
from smarterpay.cli.opening import open_journal, read_settings
from smarterpay.cli.printing import print_json
from smarterpay.cli.services import running_services
from smarterpay.cli.single_run import run_flow
from smarterpay.intake.payer_values import NothingToHandOut, link_address
from smarterpay.intake.payer_wishes import WishConflict, stage_payment_link
from smarterpay.journal import Journal
from smarterpay.journal.journeys import LINK, Journey, JourneyNotFound, Stage
from smarterpay.settings import Settings

CREATE = "flows.payment_link:create_link"
FOLLOW = "flows.payment_link:follow_link"
CANCEL = "flows.payment_link:cancel_link"


def create(reference: str, *, amount: str | None, as_json: bool, **named: Any) -> NoReturn:
    """Create a link once and print its address; asked again for the same, it prints the same.

    `named` are fields of `PaymentLinkCreate`. Raises `Failure`.
    """
    fields = {name: value for name, value in named.items() if value is not None}
    if amount is not None:
        fields["amount"] = pence_of(amount)
    try:
        wish = PaymentLinkCreate(**fields)
    except InvalidRequest as error:
        raise Failure(str(error)) from error
    with (
        running_services(read_settings()) as services,
        open_journal(services.settings) as journal,
    ):
        try:
            journey = stage_payment_link(journal, reference, wish)
        except (InvalidRequest, WishConflict) as error:
            raise Failure(str(error)) from error
        if journey.record_id is None:
            run_flow(services, CREATE, reference)
        _hand_out(journal, journal.journeys.get(LINK, reference), as_json=as_json)


def _hand_out(journal: Journal, journey: Journey, *, as_json: bool) -> NoReturn:
    told = document(journey)
    try:
        url = link_address(journal, journey.reference).url.get_secret_value()
    except NothingToHandOut as nothing:
        if as_json:
            print_json(told)
        else:
            print_journey(journey)
            print_line(f"    no address: {nothing}")
        leave(exit_code(journey))
    if as_json:
        print_json(told | {"url": url})
    else:
        print_journey(journey)
        print_line(f"    {url}")
    leave(exit_code(journey, Stage.WAITING))


def status(reference: str, *, look: bool, as_json: bool) -> NoReturn:
    """Print how a link stands, after a look at the provider if asked; raises `Failure`."""
    settings = read_settings()
    if look:
        settings = _run(FOLLOW, reference)
    _tell(_must_be_known(settings, reference), as_json=as_json)


def cancel(reference: str, *, as_json: bool) -> NoReturn:
    """Cancel a link; one that has ended stays as it ended. Raises `Failure`."""
    settings = _run(CANCEL, reference)
    _tell(_must_be_known(settings, reference), Stage.CANCELLED, as_json=as_json)


def _run(flow: str, reference: str) -> Settings:
    with running_services(read_settings()) as services:
        _must_be_known(services.settings, reference)
        run_flow(services, flow, reference)
        return services.settings


def _tell(journey: Journey, *good: Stage, as_json: bool) -> NoReturn:
    if as_json:
        print_json(document(journey))
    else:
        print_journey(journey)
    leave(exit_code(journey, *good))


def _must_be_known(settings: Settings, reference: str) -> Journey:
    with open_journal(settings) as journal:
        try:
            return journal.journeys.get(LINK, reference)
        except JourneyNotFound as error:
            raise Failure(str(error)) from error
