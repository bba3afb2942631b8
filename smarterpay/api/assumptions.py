"""Every value the reference marks A, under its key of section 14; knows nothing of who reads it.

Someone with UAT access corrects a wrong guess here, in one edit: the code that depends on a
value reads it from here. Values with `concerns` "sandbox" are stated for completeness; a wrong
guess there cannot hurt a live integration, and the sandbox keeps its own copy on purpose (it is
a second, independent reading of the reference).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, Generic, Literal, TypeVar

T = TypeVar("T")
Concern = Literal["client", "both", "sandbox"]


@dataclass(frozen=True, slots=True)
class Assumption(Generic[T]):
    """One assumed value: its key in section 14, the value, whom it concerns, its section."""

    key: str
    value: T
    concerns: Concern
    section: str


_register: dict[str, Assumption[Any]] = {}


def _assume(key: str, value: T, concerns: Concern, section: str) -> Assumption[T]:
    assumption = Assumption(key, value, concerns, section)
    _register[key] = assumption
    return assumption


# --- Section 1: transport and authentication -------------------------------------------------
TLS_REFUSAL: Final = _assume("tls.refusal", "TLS_Required", "client", "1")
"""Message of the 400 that refuses a plain `http://` call."""
_assume("auth.missing_header", 498, "client", "1")
_assume("content_type.missing", 400, "client", "1")
_assume("path.matching", "case-insensitive; one trailing slash and legacy ids pass", "sandbox", "1")
_assume("http.response_type", "application/json; charset=utf-8", "sandbox", "1")
_assume(
    "http.check_order",
    (
        "TLS",
        "maintenance",
        "token",
        "rate limit",
        "path",
        "method",
        "Accept",
        "idempotency",
        "body",
        "work",
    ),
    "sandbox",
    "1",
)
_assume("http.source_ip", "no restriction", "sandbox", "1")
OAUTH_TOKEN_ANSWER: Final[Assumption[Mapping[str, str]]] = _assume(
    "oauth.token_answer",
    MappingProxyType(
        {
            "token": "access_token",
            "kind": "token_type",
            "lifetime": "expires_in",
            "renewal": "refresh_token",
            "seconds": "3600",
        }
    ),
    "client",
    "1",
)
"""RFC 6749's names, and the seconds a token lives where its answer does not say."""
OAUTH_UAT_HOST: Final[Assumption[str | None]] = _assume("oauth.uat_host", None, "client", "1")
"""UAT's token endpoint: none is documented, so it is configured by hand."""

# --- Section 2: idempotency ------------------------------------------------------------------
_assume("idem.namespace", "per client, over all its API keys and both hosts", "both", "2")
_assume("idem.identity", ("method", "path", "query string", "raw body bytes"), "both", "2")
_assume("idem.stored_codes", (200, 202, 400, 500), "both", "2")
_assume("idem.bad_key", "empty or over 255: 400; ignored on GET and DELETE", "both", "2")
_assume("idem.retention", 24 * 3600, "both", "2")
_assume("idem.card_host", True, "client", "2")

# --- Section 3: rate limit -------------------------------------------------------------------
RATE_WINDOW: Final = _assume("rate.window", 60.0, "client", "3")
"""Seconds a 429 lasts at most: the window is fixed, opened by its first request."""
_assume("rate.headers", (), "client", "3")

# --- Section 4: status codes, retries, errors ------------------------------------------------
_assume("http.not_found", 404, "both", "4")
_assume("http.success_code", MappingProxyType({"bulk create": 202, "otherwise": 200}), "both", "4")
_assume("http.503_not_executed", True, "client", "4")
_assume("http.replayed_500", "stop and reconcile by list query", "client", "4")
RETRY_CONNECT_TIMEOUT: Final = _assume("retry.connect_timeout", 5.0, "client", "4")
RETRY_READ_TIMEOUT: Final = _assume("retry.read_timeout", 60.0, "client", "4")
RETRY_ATTEMPTS: Final = _assume("retry.attempts", 5, "client", "4")
RETRY_BACKOFF: Final = _assume("retry.backoff", (0.5, 30.0), "client", "4")
"""First and largest upper bound of the full-jitter pause, in seconds."""
RETRY_HORIZON: Final = _assume("retry.horizon", 23 * 3600.0, "client", "4")
"""Seconds after which a key may be forgotten and must not be sent again."""
RETRY_AUTO_KEY: Final = _assume("retry.auto_key", True, "client", "4")
"""A write without a key gets a random UUID."""
_assume("error.body", ("error.code", "error.message", "error.details[]"), "both", "4")

# --- Section 5: types and quirks -------------------------------------------------------------
_assume("number.form", "strings in payment, credit, link; numbers in API request", "both", "5")
CLEARED_TEXT: Final = _assume("put.omitted_vs_empty", "", "both", "5")
"""What a PUT sends to clear an optional text; a property left out stays unchanged."""
_assume("request.unknown_property", "ignored", "both", "5")
_assume("time.zone", ("UTC", "Europe/London"), "both", "5")
_assume(
    "id.prefixes",
    MappingProxyType(
        {
            "api_request": "AR01",
            "payment_link": "PL01",
            "service_user_number": "SN01",
            "payment_gateway_profile": "PG01",
        }
    ),
    "sandbox",
    "5",
)
_assume("id.body", 16, "sandbox", "5")

# --- Section 6: catalogue --------------------------------------------------------------------
LIST_PATHS: Final[Assumption[Mapping[str, str]]] = _assume(
    "list.paths",
    MappingProxyType(
        {
            "credit": "/credits",
            "customer_account": "/customeraccounts",
            "mandate": "/mandates",
            "payment": "/payments",
            "payment_link": "/paymentlinks",
            "recurrence_schedule": "/recurrenceschedules",
        }
    ),
    "both",
    "6",
)
LIST_ENVELOPES: Final[Assumption[Mapping[str, str]]] = _assume(
    "list.envelopes",
    MappingProxyType(
        {
            "customer_account": "Customer_Accounts",
            "mandate": "Mandates",
            "outbound_message": "OutboundMessages",
            "payment": "payments",
            "payment_link": "payment_links",
            "recurrence_schedule": "recurrence_schedules",
        }
    ),
    "both",
    "6",
)
LIST_PAGING: Final = _assume(
    "list.paging",
    MappingProxyType({"smallest_limit": 1, "largest_limit": 500, "default_limit": 40}),
    "both",
    "6",
)
"""`limit` and `page_no` on every list; a page shorter than `limit` is the last."""
_assume(
    "list.filters",
    ("created_from", "created_to", "id", "status", "custom_reference", "transaction_code"),
    "both",
    "6",
)
SINGLE_ENVELOPES: Final[Assumption[Mapping[str, Mapping[str, str]]]] = _assume(
    "envelope.single",
    MappingProxyType(
        {
            "request": MappingProxyType(
                {
                    "credit": "credit",
                    "mandate": "Mandate",
                    "recurrence_schedule": "recurrence_schedule",
                }
            ),
            "answer": MappingProxyType(
                {
                    "api_request": "api_request",
                    "customer_account": "Customer_Account",
                    "modulus_check": "Modulus_Check",
                    "payment": "payment",
                }
            ),
        }
    ),
    "both",
    "6",
)
BULK_REQUEST: Final[Assumption[Mapping[str, str]]] = _assume(
    "bulk.request", MappingProxyType({"payment": "payments", "credit": "credits"}), "both", "7.9"
)
"""Envelope of a bulk create, posted to the plural path."""
BULK_LIMIT: Final = _assume("bulk.limit", 500, "both", "7.9")
"""Rows of one bulk create, at most."""
BULK_ANSWER: Final = _assume("bulk.answer", "api_request", "both", "7.9")
_assume("bulk.record", ("index", "status", "id", "message"), "both", "7.9")
CLIENT_BANK_ACCOUNT_LIST: Final = _assume("cba.list", "Client_Bank_Accounts", "both", "6")
CLIENT_BANK_ACCOUNT_BY_SUN: Final = _assume(
    "cba.by_sun", "/clientbankaccount/sun/{id}", "both", "6"
)
_assume("sun.id", "the SUN itself or its SN01 id", "both", "7.6")
MESSAGE_RESEND: Final = _assume("message.resend", "/outboundmessage/{id}/resend", "both", "7.14")

# --- Section 7: resources --------------------------------------------------------------------
_assume("write.answers", "the record as it stands after the call", "both", "7")
_assume("customer.response", "request fields, id, created_at, status", "both", "7.1")
_assume("customer.put", "any subset of the request fields", "both", "7.1")
BANK_LENGTHS: Final = _assume(
    "bank.lengths",
    MappingProxyType({"account_name": 90, "custom_reference": 50}),
    "both",
    "7.2",
)
_assume("bank.modulus_failure", 400, "both", "7.2")
_assume("bank.duplicates", "allowed", "both", "7.2")
_assume("bank.disable_cascade", "none through the API", "both", "7.2")
_assume("validation.threshold", 100, "both", "7.3")
_assume("validation.disabled", 400, "both", "7.3")
_assume("modulus.answer", "200 with AccountCodeOK false", "both", "7.4")
MANDATE_REQUEST_TAIL: Final = _assume(
    "mandate.request_tail", MappingProxyType({"metadata": 1000}), "both", "7.5"
)
_assume("mandate.default_status", "new instruction", "both", "7.5")
_assume(
    "mandate.put", ("dd_status", "client_bank_account_id", "metadata", "bacs_code"), "both", "7.5"
)
_assume("mandate.errors", 400, "both", "7.5")
_assume("mandate.generated_reference", "MA and 8 digits", "both", "7.5")
PAYMENT_AMOUNT: Final = _assume("payment.post", (1, 2_000_000_000), "both", "7.7")
"""Smallest and largest amount of one collection in pence, both allowed."""
_assume("payment.response", "flat record", "both", "7.7")
_assume(
    "payment.put",
    ("amount", "collection_date", "description", "custom_reference", "metadata", "status"),
    "both",
    "7.7",
)
_assume("payment.type_rule", "first, ongoing, final; settled at submission", "both", "7.7")
_assume("payment.inactive_mandate", 400, "both", "7.7")
_assume("credit.cancelled_amount", "kept in a cascade, 0 on a cancelled mandate", "both", "7.10")
MANUAL_CODE_PROPERTY: Final = _assume("manual_code.property", "bacs_code", "both", "7.5")
_assume("represent.limits", "no count limit", "both", "7.8")
_assume("represent.errors", 400, "both", "7.8")
CREDIT_REQUEST_TAIL: Final = _assume(
    "credit.request_tail",
    MappingProxyType({"metadata": 1000, "submission_reference": 18}),
    "both",
    "7.10",
)
_assume("credit.response", "flat record; status may be submitted", "both", "7.10")
_assume("credit.put", "as payment, with credit_date and reference", "both", "7.10")
_assume("credit.refusals", 400, "both", "7.10")
SCHEDULE_REQUEST_TAIL: Final = _assume(
    "schedule.request_tail",
    MappingProxyType({"metadata": 1000, "most_installments": 12}),
    "both",
    "7.11",
)
_assume("schedule.plan_amount", "the plan's total", "both", "7.11")
_assume(
    "schedule.put",
    (
        "end_date",
        "custom_reference",
        "description",
        "installments",
        "metadata",
        "firstCollectionInSameMonthAsNextCollection",
    ),
    "both",
    "7.11",
)
_assume("schedule.upcoming", ("collection_date", "amount"), "both", "7.11")
_assume("schedule.disable", "its pending payments become cancelled", "both", "7.11")
_assume("link.response", ("active", "completed", "expired", "cancelled"), "both", "7.12")
_assume("link.put", "overrides, references, metadata, status cancelled", "both", "7.12")
LINK_REFERENCE_LIMIT: Final = _assume("link.reference_limit", 100, "both", "7.12")
_assume("line.values", ("Successful", "Failed"), "both", "7.13")
_assume("message.status", ("successful", "pending", "retrying", "failed"), "both", "7.14")
_assume("card.list_status", "the vocabulary of section 8", "both", "7.15")
_assume("page.values", ("never", "7 days", "3 days", "1 day"), "both", "7.16")
CHECK_OUTCOMES: Final = _assume(
    "check.outcomes",
    MappingProxyType(
        {
            "name_match_result": ("Full", "Close", "No"),
            "reason_code": ("MATC", "MBAM", "ANNM", "BANM", "PANM", "AC01"),
        }
    ),
    "both",
    "7.17",
)

# --- Section 8: cards ------------------------------------------------------------------------
CARD_REFUND: Final = _assume("card.refund", "Refund", "both", "8")
_assume("card.register", "flat body; the answer adds session_token", "both", "8")
CARD_LIMITS: Final = _assume(
    "card.limits",
    MappingProxyType({"description": 100, "custom_reference": 50, "metadata": 1000}),
    "both",
    "8",
)
_assume("card.answer", "flat fields", "both", "8")
_assume("card.http", (200, 202, 400, 498), "both", "8")
_assume("card.codes", (901, 902, 903, 904, 905, 910), "both", "8")
_assume("card.clearing", "the banking day after success, 06:00", "sandbox", "8")
_assume("card.expiry", MappingProxyType({"deferred": 7, "authenticated": 90}), "sandbox", "8")
_assume("card.multi_release", "allowed up to the authenticated amount", "sandbox", "8")
_assume("card.repeat_source", "one successful payment on the card", "sandbox", "8")

# --- Section 9: webhooks ---------------------------------------------------------------------
_assume("hook.retry", (1, 2, 5, 10, 20, 40, 60, 120, 240, 480), "sandbox", "9")
_assume("hook.sources", "SMP Service", "sandbox", "9")
_assume("hook.v1_sources", ("10022091", "10044000"), "sandbox", "9")
_assume("hook.v1_schedule", "REST fields flat, reference and bacs block", "sandbox", "9")
_assume("hook.test_message", "0", "sandbox", "9")
_assume("hook.receiver", "store, then process", "both", "9")
_assume("hook.direct_debit", "mandate inside, bacs block outside", "both", "9")
_assume("hook.bodies", "REST fields, numbers as numbers", "both", "9")
_assume("hook.input_report", "not emitted", "both", "9")

# --- Sections 10 to 13: Bacs, life cycles, simulation, test values ---------------------------
_assume("bacs.calendar", "England and Wales", "both", "10")
_assume("bacs.formula", "day-count formula; the stored date wins", "both", "10")
_assume(
    "bacs.codes",
    MappingProxyType(
        {"01": "first", "17": "ongoing", "18": "re-presented", "19": "final", "99": "credit"}
    ),
    "both",
    "10",
)
_assume("bacs.unlisted_codes", "nearest documented code", "sandbox", "10")
_assume("bacs.cancel_word", "cancelled", "sandbox", "10")
_assume("bacs.inputc", "as INPUTY", "sandbox", "10")
_assume("bacs.inputt_mandate", "the line fails", "sandbox", "10")
_assume("life.mandate", "submission moves mandates on; 13 months expire", "sandbox", "11")
_assume("life.payment", "a late ARUDD fails a payment", "sandbox", "11")
_assume("life.other", "the other A rows", "sandbox", "11")
_assume("sim.*", "clock, control calls, faults, runs, delays, settings", "sandbox", "12")
SANDBOX_KEY: Final = _assume("test.key", "sandbox-key", "client", "13")
"""Bearer token of the sandbox; the only value of section 13 that the client knows."""
_assume("test.*", "triggers and fixtures; never sent to a live host", "sandbox", "13")

ASSUMPTIONS: Final[Mapping[str, Assumption[Any]]] = MappingProxyType(_register)
"""Every assumption by key; the wildcard keys `retry.*` and `test.*` have parts of their own."""
