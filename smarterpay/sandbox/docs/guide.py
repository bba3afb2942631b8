"""What a reader needs beside the operations, as data for pages; knows no page and no state."""

from collections.abc import Mapping

import orjson

from smarterpay.sandbox.control.control import CALLS
from smarterpay.sandbox.docs.value_tables import Rows, ValueTable, value_tables
from smarterpay.sandbox.settings import ClientSettings

FIRST_CALL = """\
curl {origin}/service.svc/customeraccount \\
  -H 'Authorization: Bearer sandbox-key' -H 'Content-Type: application/json' \\
  -H 'Idempotency-Key: my-first-call' \\
  -d '{{"Customer_Account": {{"email": "test@test.com", "first_name": "test", \
"last_name": "test",
       "address_line1": "74 test street", "city": "testcity", "postal_code": "Q1 TEST"}}}}'"""
"""A command that works as it stands, once `origin` is filled in."""

_CLOCK = (
    'Move the clock: `{"advance": "25h"}`, `{"set": "2026-06-02T09:00"}` (London) or '
    '`{"next_banking_day": true}` (or how many); `{"mode": "frozen"}`, `"realtime"` or '
    '`"scaled"` with `scale`. Work due on the way is done at its own instant; time moves '
    "forward only"
)
_OWN_CALLS: Rows = (
    ("GET clock", "What time it is, in which mode, and how much work waits"),
    ("POST clock", _CLOCK),
    ("GET faults", "The faults ordered, and how far each has got"),
    (
        "POST faults",
        "Order a fault, or several as `faults`; `clear` calls off the earlier ones first",
    ),
    ("DELETE faults", "Call all faults off"),
    ("GET settings", "The client settings"),
    ("POST settings", "Change the named ones, all or none"),
    (
        "GET books",
        "Counts per kind, figures of the protocol, rate windows; the records with `?records=1`",
    ),
    ("GET requests", "The last calls, oldest first, without bodies and tokens; `?limit=`"),
    ("POST reset", 'Start afresh; `{"seed": 2}` for other ids'),
    ("GET snapshot", "Everything in the books"),
    ("POST snapshot", "Stand where a snapshot stood"),
    (
        "POST validations/{id}/complete",
        "End an account validation: `outcome` is `match`, `nomatch` or `error`",
    ),
    (
        "POST mandates/{id}/cancel-by-originator",
        "Cancel a mandate the way no API call can",
    ),
    (
        "GET validation",
        "The page that the link of an account validation leads to, `?ID=`: the customer's bank",
    ),
    (
        "GET card-form",
        "The card form that the `session_token` of a Register opens, `?session_token=`",
    ),
    ("GET payment-link", "The page that a payment link leads to, `?ID=`"),
    (
        "GET payment-page",
        "The page of a page setup itself, without a link: its `url`",
    ),
)

FAULTS: Mapping[str, str] = {
    "429": "Too many requests; nothing was executed",
    "503": "Maintenance; nothing was executed",
    "500-before": "Internal server error before the work",
    "500-after": (
        "Internal server error after the work; with `stored` (true) the key remembers the 500, "
        "without it the answer of the work"
    ),
    "drop-before": "The connection breaks before the work",
    "drop-after": "The work is done, the answer is lost",
    "slow": (
        "The answer comes after `seconds` (1), and the key is in progress meanwhile: a second "
        "call gets 409"
    ),
    "html-error": "A gateway's 502 page; `after` says whether the work was done",
    "empty-body": "The status of success and no body",
    "webhook-duplicate": "The webhook is delivered a second time",
    "webhook-out-of-order": "The webhook is delivered after a later one",
    "webhook-lost-answer": "The receiver got the webhook, the sandbox believes it did not",
    "webhook-delay": "The webhook is delivered `seconds` of simulated time later",
}
"""What a caller, or a receiver of webhooks, sees of each kind of fault."""

SETTINGS: Mapping[str, str] = {
    "processing_days": "Banking days before a collection that Bacs needs, 1 to 30",
    "credit_anti_fraud": "New bank accounts start closed for credits",
    "core_reference": (
        "Mandate references keep the rules of core references, overlap with others of the same "
        "account included; payments carry the reference and a counter of 4 digits"
    ),
    "account_validation": "Open-banking account validation can be asked for",
    "success_days": "Banking days from an item's date until it counts as settled, 1 to 30",
    "rejection_profiles": "Custom rejection profiles by SUN; without one, the default profile",
    "bank_disable_cascades": "Disabling a bank account cancels what hangs on it",
    "cancel_zeroes_amount": "A payment or credit that a cascade cancels loses its amount",
    "represent_max": "How often a payment can be presented again; `null` for no limit",
    "rate_limit": "Requests per window and credential; `null` lifts it",
    "rate_window": "The window in seconds",
    "rate_clock": "The window runs on `wall` or on `simulated` time",
    "require_tls": "Plain HTTP is refused with `TLS_Required`",
    "maintenance": "Calls answer 503: `off`, `on`, or on `saturday` 09:00-10:00 London",
    "not_found_as_400": "400 where 404 is assumed",
    "list_paths": "Lists under their own `plural` path or under the `singular` one",
    "strict": "Unknown properties are refused with 400",
    "arrud_misspelling": "Webhooks spell `ARUDD` as `ARRUD`, as for older clients",
    "customer_emails": "The e-mails to customers are recorded as outbound messages",
    "webhook_timeout": "Wall-clock seconds that a receiver has for its answer",
}
"""What each client setting says."""


def control_calls() -> Rows:
    """Every control call, as method and path, with what it does."""
    offered = ((f"{call.method} {call.path}", call.summary.rstrip(".")) for call in CALLS)
    rows = (*_OWN_CALLS, *offered)
    return tuple((call.replace(" ", " /_sandbox/", 1), text) for call, text in rows)


def settings_rows() -> tuple[tuple[str, str, str], ...]:
    """Every setting with its default, as JSON shows it, and what it says."""
    return tuple(
        (name, orjson.dumps(value).decode(), SETTINGS.get(name, ""))
        for name, value in ClientSettings().as_dict().items()
    )


__all__ = [
    "FAULTS",
    "FIRST_CALL",
    "SETTINGS",
    "Rows",
    "ValueTable",
    "control_calls",
    "settings_rows",
    "value_tables",
]
