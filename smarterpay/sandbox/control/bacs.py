"""The control calls about Bacs (section 12): runs and reports, in the tester's hand."""

from collections.abc import Callable
from typing import Any

from smarterpay.bacs import ReasonCode, reason_code
from smarterpay.sandbox.bacs_work.challenges import (
    CHALLENGE_PHRASES,
    STATUS_REPORT,
    apply_challenge,
)
from smarterpay.sandbox.bacs_work.report_rules import Subject, objection
from smarterpay.sandbox.bacs_work.reports import apply_code
from smarterpay.sandbox.bacs_work.schedule_work import do_schedule_work
from smarterpay.sandbox.bacs_work.submission_run import run_submission
from smarterpay.sandbox.bacs_work.unmatched_reports import mandate_meant, subject_meant
from smarterpay.sandbox.books.changes import Source
from smarterpay.sandbox.cards.schedules import repeat_due_cards
from smarterpay.sandbox.control.call import Body, ControlCall, ControlRefusal, Order, known
from smarterpay.sandbox.http.fields import BadValueError, Digits, Text
from smarterpay.sandbox.platform import Platform
from smarterpay.sandbox.resources import (
    bank_accounts,
    mandates,
    payments,
    service_user_numbers,
    submissions,
)
from smarterpay.sandbox.resources.credits import find as find_credit
from smarterpay.sandbox.resources.credits import present as present_credit
from smarterpay.sandbox.settings import MAX_ACCOUNT_NAME
from smarterpay.sandbox.triggers import HeldAccount, modulus_result

_PRESENTERS: dict[str, Callable[[Platform, Any], dict[str, Any]]] = {
    "mandates": mandates.present,
    "payments": payments.present,
    "credits": present_credit,
    "bank_accounts": bank_accounts.present,
}
_FINDERS = (mandates.find, payments.find, find_credit, bank_accounts.find)


def run_now(order: Order) -> Body:
    """Send what is due as if it were 22:00; a second time nothing is left to send."""
    order.knows()
    sent = run_submission(order.platform)
    return {"submissions": [submissions.present(order.platform, one) for one in sent]}


def run_schedules(order: Order) -> Body:
    """Do the schedules' morning work now; answers the payments it created."""
    order.knows()
    table = order.platform.books.payments
    before = len(table)
    do_schedule_work(order.platform)
    repeat_due_cards(order.platform)
    created = list(table)[before:]
    return {"payments": [payments.present(order.platform, payment) for payment in created]}


def report(order: Order) -> Body:
    """Let a Bacs report arrive: `code`, and the record by `record_id` or `reference`.

    A `reference` is that of a mandate as Bacs prints it, of the default SUN or `sun`.
    """
    order.knows("code", "record_id", "reference", "sun", "new_details")
    platform = order.platform
    code = reason_code(str(order.body.get("code", "")))
    if code is None:
        raise ControlRefusal(400, "code is a Bacs code such as ARUDD0 or ADDACS 1")
    record = _subject(order, code)
    details = _new_details(order.body.get("new_details"))
    reason = objection(platform, code, record, Source.DDMS)
    if reason:
        raise ControlRefusal(409, reason)
    apply_code(platform, code, record, Source.DDMS, new_details=details)
    return {
        "code": code.code,
        "description": code.description.lower(),
        "record_id": record.id,
        "record": _PRESENTERS[record.KIND](platform, record),
    }


def challenge_report(order: Order) -> Body:
    """Let a DDICA challenge report arrive: the payment's `record_id` and the `phrase`."""
    order.knows("record_id", "phrase")
    phrase = str(order.body.get("phrase", "")).lower()
    if phrase not in {*CHALLENGE_PHRASES, STATUS_REPORT}:
        raise ControlRefusal(400, f"phrase is one of {', '.join([*CHALLENGE_PHRASES])}")
    payment = payments.find(order.platform, str(order.body.get("record_id", "")))
    if payment is None:
        raise ControlRefusal(404, "no such payment")
    if not apply_challenge(order.platform, payment, phrase):
        raise ControlRefusal(409, f"the payment is {payment.status}, not claimed back")
    return payments.present(order.platform, payment)


def _subject(order: Order, code: ReasonCode) -> Subject:
    """The record that the call names, by its id or by a mandate's reference."""
    given = [name for name in ("record_id", "reference") if order.body.get(name)]
    if len(given) != 1 or not isinstance(order.body[given[0]], str):
        raise ControlRefusal(400, "give one of record_id and reference, as text")
    if given == ["record_id"]:
        return _named(order.platform, order.body["record_id"])
    sun = str(order.body.get("sun") or service_user_numbers.default(order.platform).sun)
    mandate = mandate_meant(order.platform, sun, order.body["reference"])
    if mandate is None:
        raise ControlRefusal(404, f"no mandate of SUN {sun} has this reference")
    return subject_meant(order.platform, code, mandate)


def _named(platform: Platform, record_id: str) -> Subject:
    for find in _FINDERS:
        found = find(platform, record_id)
        if found is not None:
            return found
    raise ControlRefusal(404, "no mandate, payment, credit or bank account has this id")


def _new_details(raw: Any) -> HeldAccount | None:
    """The account details that a report brings, None for none; never repeated in a refusal."""
    if raw is None:
        return None
    if not isinstance(raw, dict):
        raise ControlRefusal(400, "new_details is an object")
    known(raw, {"sort_code", "account_number", "account_name"})
    try:
        sort_code = Digits(6).read(raw.get("sort_code"))
        account_number = Digits(8).read(raw.get("account_number"))
        account_name = Text(MAX_ACCOUNT_NAME).read(raw.get("account_name", ""))
    except BadValueError:
        told = "new_details has a sort_code of 6 and an account_number of 8 digits, both as text"
        raise ControlRefusal(400, told) from None
    if not modulus_result(account_number).valid:
        raise ControlRefusal(400, "new_details fail the modulus check")
    return HeldAccount(account_name, sort_code, account_number)


BACS_CALLS: tuple[ControlCall, ...] = (
    ControlCall("POST", "submission-run", run_now, "Send to Bacs what is due, without waiting"),
    ControlCall("POST", "schedules/run", run_schedules, "Do the schedules' morning work now"),
    ControlCall(
        "POST",
        "report",
        report,
        "A Bacs report arrives: `code`, `record_id` (or a mandate's `reference`, with `sun`), "
        "optional `new_details` (`sort_code`, `account_number`, `account_name`)",
    ),
    ControlCall(
        "POST",
        "challenge-report",
        challenge_report,
        "A DDICA challenge report arrives for a claimed payment: `record_id`, `phrase`",
    ),
)
