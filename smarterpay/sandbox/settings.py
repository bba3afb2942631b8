"""Every value the reference assumes (mark A), once, and the switches a control call can turn.

The comment before each value is its key in section 14 of the reference: whoever learns better
on UAT corrects it here. This file must not know records, requests or the network.
"""

from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime, time, timedelta
from typing import Any, Literal, get_args, get_origin, get_type_hints

from smarterpay.sandbox.bacs_work.report_profiles import profile_fault

CLOUD_BASE = "/service.svc"
CARD_BASE = "/SmarterPayCardPaymentService/api/transaction"

# tls.refusal, auth.missing_header, content_type.missing (the texts besides `TLS_Required` too)
TLS_REFUSED_STATUS = 400
INVALID_TOKEN_STATUS = 498
CONTENT_TYPE_STATUS = 400
MESSAGE_INVALID_TOKEN = "Invalid Token"  # noqa: S105 - a message, not a token
MESSAGE_NOT_FOUND = "Not Found"
MESSAGE_METHOD = "Method Not Allowed"
MESSAGE_NOT_ACCEPTABLE = "Not Acceptable"
MESSAGE_UNAVAILABLE = "Service Unavailable"
MESSAGE_FAULT = "Internal Server Error"
MESSAGE_INVALID = "The request is not valid"
# http.response_type
RESPONSE_TYPE = "application/json; charset=utf-8"
MAX_BODY_BYTES = 4 * 1024 * 1024  # 500 rows of a bulk call fit, whatever they hold
# oauth.token_answer
OAUTH_LIFETIME = timedelta(seconds=3600)
# idem.bad_key, idem.retention
MAX_KEY_LENGTH = 255
KEY_RETENTION = timedelta(hours=24)
# rate.window
RATE_WINDOW_SECONDS = 60.0
DEFAULT_RATE_LIMIT = 1000
# http.success_code
SUCCESS = 200
ACCEPTED = 202
# id.body
ID_BODY_LENGTH = 16
EVENT_PREFIX = "HI0"
EVENT_ID_BODY_LENGTH = 17
# list.paging
DEFAULT_PAGE = 40
MAX_PAGE = 500
# customer.response
CUSTOMER_STATUS = "active"
# bank.lengths
MAX_ACCOUNT_NAME = 90
MAX_REFERENCE = 50
MAX_METADATA = 1000
# mandate.generated_reference
GENERATED_REFERENCE_PREFIX = "MA"
GENERATED_REFERENCE_DIGITS = 8
# payment.post, taken for schedules too
MIN_PENCE = 1
MAX_PENCE = 2_000_000_000
# payment.post, represent.errors
MAX_DESCRIPTION = 100
# bulk.limit
MAX_BULK_ROWS = 500
# credit.request_tail
MAX_NARRATIVE = 18
# schedule.request_tail
MAX_INSTALMENTS = 12
# schedule.upcoming
MAX_UPCOMING = 12
# The reference gives `collection_stretch` no upper limit; two digits is what its samples show.
MAX_STRETCH = 99
# life.mandate
MANDATE_IDLE_MONTHS = 13
# sim.clock
START_INSTANT = datetime(2026, 6, 1, 8, 0, tzinfo=UTC)  # Mon 1 Jun 2026, 09:00 in London
START_OF_DAY = time(9, 0)
# sim.jobs
BULK_DELAY = timedelta(seconds=1)
BULK_ROWS_PER_SECOND = 100
VALIDATION_DELAY = timedelta(minutes=1)
EXPIRY_TIME = time(5, 0)
SCHEDULES_TIME = time(6, 0)
SCHEDULE_LEAD_BANKING_DAYS = 5
SETTLEMENT_TIME = time(6, 0)
REPORTS_TIME = time(8, 0)
SUBMISSION_TIME = time(22, 0)
# sim.selection: whatever the processing days, which count until the earliest date: a file has
# always to be in 2 banking days before its entry day
SELECTION_BANKING_DAYS = 2
# sim.lines
SERIAL_LENGTH = 6
# sim.reports, in banking days: after the run, after the 0N run, after the item's date
INPUT_DELAY = 1
AUDDIS_DELAY = 2
ADDACS_DELAY = 3
RETURN_DELAY = 1
DDICA_DELAY = 10
# bacs.report_fields
REPORT_REFERENCE_PREFIX = "SMP"
# hook.retry
WEBHOOK_RETRIES = tuple(timedelta(minutes=m) for m in (1, 2, 5, 10, 20, 40, 60, 120, 240, 480))
WEBHOOK_TIMEOUT_SECONDS = 30.0
# sim.webhooks
WEBHOOK_BATCH_DELAY = timedelta(seconds=1)
WEBHOOK_BATCH_SIZE = 100
MAX_WEBHOOK_BATCH = 500
# hook.v1_sources
WEBHOOK_V1_SOURCE = "10022091"
WEBHOOK_V1_TEST_SOURCE = "10044000"
# card.list_status
CARD_PAYMENT_GATEWAY = "OpayoPi"
GATEWAY_PROFILE_NAME = "Sandbox Opayo"
# card.codes
CARD_UNAUTHORISED = ("101", "Unauthorised")
CARD_INVALID_PLATFORM = ("102", "Invalid Platform")
CARD_INVALID_GATEWAY = ("103", "Invalid Payment Gateway")
CARD_AMOUNT_UNAVAILABLE = "901"
CARD_NOT_VOIDABLE = "902"
CARD_ALREADY_RELEASED = "903"
CARD_NOT_USABLE = "904"
CARD_INVALID_FIELD = "905"
CARD_GATEWAY_SILENT = ("910", "The gateway did not answer; check before charging again")
CARD_PLATFORM = "SmarterPayCloud"
# link.response; the page itself is the sandbox's own
PAYMENT_LINK_PAGE = "/_sandbox/payment-link"
PAYMENT_PAGE = "/_sandbox/payment-page"
CARD_FORM_PAGE = "/_sandbox/card-form"
# card.clearing, card.expiry
CARD_CLEARING_TIME = time(6, 0)
DEFERRED_LAPSE = timedelta(days=7)
AUTHENTICATED_LAPSE = timedelta(days=90)
# test.card_amounts; the reference leaves open how much later an asynchronous result comes
CARD_GATEWAY_DELAY = timedelta(minutes=1)
CARD_ASYNC_DELAY = timedelta(seconds=5)
# validation.threshold, test.names
MATCH_PERCENT = 100
NO_MATCH_PERCENT = 40

# Limits of the stand-in itself, not of the provider.
REQUEST_LOG_LENGTH = 5000
RATE_HISTORY_LENGTH = 1000
SECONDS_HISTORY_LENGTH = 7200
MAX_FAULTS = 1000
MAX_RECEIPT_BYTES = 64 * 1024
RECEIPT_PATIENCE = 1.0
HUNG_RECEIVER_TIMEOUT = 1.0
HUNG_RECEIVER_SECONDS = 60.0
WEBHOOK_GUARD = timedelta(minutes=1)
OUT_OF_ORDER_PATIENCE = timedelta(hours=1)
DELIVERIES_SHOWN = 1000
MAX_SUBSCRIPTIONS = 50


class UnknownSettingError(ValueError):
    """A settings call named no setting of ours, or gave it a value it cannot have."""


@dataclass(slots=True)
class ClientSettings:
    """What can be switched while the sandbox runs (reference, section 12, "Client settings").

    `success_days` are banking days from the date of an item until it counts as settled;
    `rejection_profiles` are custom profiles by SUN, in the form of `report_profiles`.
    `rate_limit` is requests per `rate_window` seconds and API key, None lifts it;
    `maintenance` answers every call with 503, always or on Saturdays 09:00-10:00 London.
    `webhook_timeout` is wall-clock seconds; `customer_emails` records the e-mails of section 10.
    """

    processing_days: int = 3
    credit_anti_fraud: bool = False
    core_reference: bool = False
    account_validation: bool = True
    success_days: int = 3
    rejection_profiles: dict[str, Any] = field(default_factory=dict)
    bank_disable_cascades: bool = False
    cancel_zeroes_amount: bool = False
    represent_max: int | None = None
    rate_limit: int | None = DEFAULT_RATE_LIMIT
    rate_window: float = RATE_WINDOW_SECONDS
    rate_clock: Literal["wall", "simulated"] = "wall"
    require_tls: bool = False
    maintenance: Literal["off", "on", "saturday"] = "off"
    not_found_as_400: bool = False
    list_paths: Literal["plural", "singular"] = "plural"
    strict: bool = False
    arrud_misspelling: bool = False
    customer_emails: bool = True
    webhook_timeout: float = WEBHOOK_TIMEOUT_SECONDS

    def change(self, wanted: dict[str, Any]) -> None:
        """Set the named settings, all or none.

        Raises `UnknownSettingError` naming the setting, never with part of it applied.
        """
        hints = get_type_hints(ClientSettings)
        for name, value in wanted.items():
            if name not in hints:
                known = ", ".join(sorted(hints))
                raise UnknownSettingError(f"no setting {name!r}; there are {known}")
            if not _fits(hints[name], value) or not _in_range(name, value):
                raise UnknownSettingError(f"{name} is {_RANGES.get(name) or _words(hints[name])}")
            if name == "rejection_profiles" and (fault := profile_fault(value)):
                raise UnknownSettingError(f"{name}: {fault}")
        for name, value in wanted.items():
            setattr(self, name, value)

    def as_dict(self) -> dict[str, Any]:
        """All settings by name, as JSON values."""
        return asdict(self)

    def restore(self, saved: dict[str, Any]) -> None:
        """Take over what `as_dict` gave, leaving settings it did not know at their default."""
        known = {one.name for one in fields(self)}
        self.change({name: value for name, value in saved.items() if name in known})


_RANGES = {
    "processing_days": "a whole number from 1 to 30",
    "success_days": "a whole number from 1 to 30",
    "rejection_profiles": "an object of profiles by SUN",
    "represent_max": "a whole number from 0, or null for no limit",
    "rate_limit": "a whole number above 0, or null for no limit",
    "rate_window": "a number of seconds above 0",
    "webhook_timeout": "a number of seconds above 0",
}


def _words(hint: Any) -> str:
    """What a setting of this type can be."""
    return "one of " + ", ".join(get_args(hint)) if get_origin(hint) is Literal else "true or false"


def _fits(hint: Any, value: Any) -> bool:
    """Whether a JSON value is of a setting's type; a boolean never counts as a number."""
    if get_origin(hint) is Literal:
        return value in get_args(hint)
    if hint == int | None:
        return value is None or (isinstance(value, int) and not isinstance(value, bool))
    if get_origin(hint) is dict:
        return isinstance(value, dict)
    if hint is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    if hint is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, bool)


def _in_range(name: str, value: Any) -> bool:
    if name in {"processing_days", "success_days"}:
        return bool(1 <= value <= 30)
    if name == "represent_max":
        return bool(value is None or value >= 0)
    if name in {"rate_limit", "rate_window", "webhook_timeout"}:
        return bool(value is None or value > 0)
    return True
