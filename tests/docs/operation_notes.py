"""What a page says of an operation beside its fields: rules, and refusals with marks; no fields.

Read off sections 7 and 8 of the reference; each line carries the mark of its row there.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from smarterpay.api.catalogue import Provenance


@dataclass(frozen=True, slots=True)
class Line:
    """One rule or refusal: its mark, its words, and the status where it is a refusal."""

    mark: Provenance
    text: str
    status: int | None = None


def _rule(mark: Provenance, text: str) -> Line:
    return Line(mark, text)


def _no(mark: Provenance, text: str, status: int = 400) -> Line:
    return Line(mark, text, status)


_NO_RECORD = _no("A", "no record with that id", 404)
_PAGES = _rule(
    "D",
    "`limit` 1 to 500 (40 if none is given), `page_no` from 1; the client reads page after page",
)
_BAD_PAGE = _no("A", "`limit` or `page_no` out of range")
_LIST = (_PAGES, _BAD_PAGE)
_CODED_LIST = (*_LIST, _rule("A", "`transaction_code` filters by Bacs code, such as `01` or `0N`"))
_MOVED = _rule(
    "R",
    "a date too early, or on no banking day, is moved to the next possible banking day and "
    "returned: read it back",
)
_ONLY_PENDING = _no("A", "the record is no longer `pending_submission`")
_BULK = (
    _rule(
        "A", "the answer is 202 with the API request; rows are judged afterwards, each by itself"
    ),
    _rule("D", "a row that cannot be created raises a webhook with the reason"),
    _no("A", "no row, or more than 500"),
)
_CARD_ERRORS = (
    _rule("D", "a decline is an answer: look at `status`"),
    _rule(
        "A",
        "a silent gateway answers 200 with `error`: `GatewaySilent`, check before charging again",
    ),
    _no("D", "code 101: bad token", 498),
    _no("D", "code 102: `platform` is not `SmarterPayCloud`"),
    _no("A", "code 905 in the sandbox: a field is missing or invalid"),
)
_FOLLOW_UP = (
    *_CARD_ERRORS,
    _NO_RECORD,
    _no("A", "code 904 in the sandbox: the card cannot be used"),
)

_ACCOUNTS: Mapping[str, tuple[Line, ...]] = {
    "customer_account.create": (
        _rule("D", "the optional parent of bank accounts, cards and mandates"),
        _rule("D", "an empty `country_code` becomes `GB`"),
        _no("D", "`state_code` missing with `country_code` `US`"),
    ),
    "customer_account.get": (_NO_RECORD,),
    "customer_account.update": (
        _rule("A", "what is left out stays; `null` clears an optional text"),
        _NO_RECORD,
    ),
    "customer_account.list": _LIST,
    "bank_account.create": (
        _rule("D", "the details are modulus-checked"),
        _rule("D", "`credits_allowed` and `debits_allowed` only switch off what the check permits"),
        _rule("D", "under Credit Anti-Fraud a new account takes no credits until it was debited"),
        _rule("A", "the same pair twice is allowed"),
        _no("A", "the pair fails the modulus check: details on `account_number`"),
    ),
    "bank_account.get": (_NO_RECORD,),
    "bank_account.update": (
        _rule("D", "enabling and disabling is all it does"),
        _rule("A", "no cascade: mandates and payments that exist run on"),
        _NO_RECORD,
    ),
    "bank_account.disable": (_rule("D", "disables, and erases nothing"), _NO_RECORD),
    "bank_account.list": _LIST,
    "client_bank_account.get": (
        _rule("D", "account number and sort code come masked"),
        _NO_RECORD,
    ),
    "client_bank_account.list": _LIST,
    "client_bank_account.by_sun": (
        _rule("D", "the default account of that SUN; the id in the path is the SUN"),
        _no("A", "no such SUN", 404),
    ),
    "service_user_number.get": (
        _rule("A", "the id is the SUN itself"),
        _no("A", "no such SUN", 404),
    ),
    "service_user_number.list": _LIST,
}
_CHECKS: Mapping[str, tuple[Line, ...]] = {
    "account_validation.create": (
        _rule("D", "a paid option; the customer signs in at the bank by `account_validation_url`"),
        _rule("D", "only success creates a bank account and a mandate"),
        _no("A", "the option is not enabled"),
    ),
    "account_validation.get": (
        _rule("R", "`successful_validation` false also means that nothing was attempted yet"),
        _NO_RECORD,
    ),
    "modulus_check.create": (
        _rule("A", "an invalid pair is a 200 with `AccountCodeOK` false"),
        _no("A", "malformed digits"),
        _no("D", "`account_validation` without `account_name`"),
    ),
    "bank_account_check.create": (_rule("A", "a negative outcome is a 200 as well"),),
    "bank_account_check.get": (_NO_RECORD,),
}
_COLLECTIONS: Mapping[str, tuple[Line, ...]] = {
    "mandate.create": (
        _rule("A", "a reference is generated where none is given: `MA` and 8 digits"),
        _rule("D", "a blank `client_bank_account_id` means the default account of the default SUN"),
        _no("D", "the bank account is disabled"),
        _no("A", "the bank account takes no Direct Debits"),
        _no("A", "the reference is bad, or taken under that SUN"),
        _no("A", "a validation is asked for and not enabled"),
    ),
    "mandate.get": (_NO_RECORD,),
    "mandate.update": (
        _rule("D", "`cancelled` takes its pending payments, credits and schedules with it"),
        _rule("D", "`bacs_code` lets a reason code take its course"),
        _no("A", "the life cycle has no such change of `dd_status`"),
        _NO_RECORD,
    ),
    "mandate.list": _CODED_LIST,
    "payment.create": (
        _rule("A", "name the mandate by `auddis` or `mandate`"),
        _MOVED,
        _rule("R", "on a cancelled mandate it is recorded `cancelled` with amount 0"),
        _no("A", "`auddis` and `mandate` name different mandates, or none is there"),
        _no("D", "`collection_date` has passed"),
        _no("A", "the mandate is on hold, expired, or not validated"),
    ),
    "payment.bulk_create": _BULK,
    "payment.get": (_NO_RECORD,),
    "payment.update": (
        _MOVED,
        _rule("D", "amount 0 is a payment break for a payment of a schedule"),
        _rule("A", "`bacs_code` is for a payment that was submitted"),
        _ONLY_PENDING,
        _NO_RECORD,
    ),
    "payment.list": (*_CODED_LIST, _rule("D", "`status` takes `indemnity_claimed` too")),
    "payment.represent": (
        _rule(
            "D", "the id is that of the failed payment; the new one names it as `related_payment`"
        ),
        _rule("A", "the original stays `failed`"),
        _MOVED,
        _no("A", "the payment is not `failed`, its mandate not active, or the date has passed"),
        _no("R", "`auddis` is not that of the original's mandate"),
        _NO_RECORD,
    ),
    "recurrence_schedule.create": (
        _rule("A", "for a plan `amount` is the total, split evenly, the remainder in the first"),
        _rule(
            "D", "monthly dates move forward over weekends and holidays; weekly steps are 7 days"
        ),
        _rule("D", "a payment appears before each date, with the schedule's references"),
        _no("A", "the mandate is not usable, or there is none"),
        _no("A", "`first_collection_date` has passed"),
    ),
    "recurrence_schedule.get": (_NO_RECORD,),
    "recurrence_schedule.disable": (
        _rule("A", "its pending payments become `cancelled`; to repeat it changes nothing"),
        _NO_RECORD,
    ),
    "recurrence_schedule.update": (_no("A", "the schedule is not `active`"), _NO_RECORD),
    "recurrence_schedule.list": _LIST,
}
_CREDITS: Mapping[str, tuple[Line, ...]] = {
    "credit.create": (
        _rule("D", "pays to the account of the mandate `auddis`, or to `bank_account`"),
        _rule("D", "with neither `auddis` nor `client_bank_account_id` the default SUN pays"),
        _rule("D", "a date on no banking day is moved to the next one and returned"),
        _no("A", "`credit_date` has passed"),
        _no("A", "the bank account is disabled, or takes no credits"),
    ),
    "credit.bulk_create": _BULK,
    "credit.get": (_NO_RECORD,),
    "credit.update": (
        _rule("A", "`bacs_code` is for a credit that was submitted"),
        _ONLY_PENDING,
        _NO_RECORD,
    ),
    "credit.list": _CODED_LIST,
    "api_request.get": (
        _rule("A", "`pending`, `processing`, then `completed` with one entry for each row"),
        _NO_RECORD,
    ),
}
_PAGES_AND_FILES: Mapping[str, tuple[Line, ...]] = {
    "payment_link.create": (
        _rule("D", "the page setup says which id it expects and which overrides it permits"),
        _no("D", "`return_url` is not https, or has a parameter `page` or `payment`"),
        _no("A", "an id or override that the page setup does not take"),
    ),
    "payment_link.get": (_NO_RECORD,),
    "payment_link.update": (_no("A", "the link is not `active`"), _NO_RECORD),
    "payment_link.list": _LIST,
    "ecommerce_branding.get": (_rule("D", "records of version 2 only"), _NO_RECORD),
    "ecommerce_page_setup.get": (
        _rule("D", "`encryption_key` is a secret: it never shows"),
        _NO_RECORD,
    ),
    "submission.get": (_NO_RECORD,),
    "submission.list": _LIST,
    "submission_line.get": (_NO_RECORD,),
    "submission_line.list": _CODED_LIST,
    "outbound_message.get": (_NO_RECORD,),
    "outbound_message.list": (*_LIST, _rule("D", "sorts by `id`, `sun` or `created_at`")),
    "outbound_message.resend": (
        _rule("A", "the stored body again, under the same id and `idempotency_key`"),
        _NO_RECORD,
    ),
}
_CARDS: Mapping[str, tuple[Line, ...]] = {
    "card.list": _LIST,
    "transaction.register": (
        _rule("D", "nothing is charged until the payer has completed the card form"),
        *_CARD_ERRORS,
        _no("D", "code 103: wrong `payment_gateway_profile_id`"),
    ),
    "transaction.refund": (
        _rule("D", "after clearing, in part or in full"),
        _rule("R", "before clearing the full amount only"),
        *_FOLLOW_UP,
        _no("A", "code 901 in the sandbox: more than was taken, earlier refunds included"),
    ),
    "transaction.void": (
        _rule("D", "the full amount, before clearing; not on every gateway"),
        *_FOLLOW_UP,
        _no("A", "code 902 in the sandbox: the payment cannot be voided"),
    ),
    "transaction.repeat": (
        _rule("D", "the amount may be lower or higher than the first"),
        _rule("A", "needs one `successful` payment on the card"),
        *_FOLLOW_UP,
    ),
    "transaction.release_deferred": (
        _rule("D", "normally once; what is not taken returns to the payer"),
        _rule("R", "a reservation lapses: the gateway decides when, in the sandbox after 7 days"),
        *_FOLLOW_UP,
        _no("A", "code 901 in the sandbox: more than was reserved"),
        _no("A", "code 903 in the sandbox: released or cancelled already"),
    ),
    "transaction.cancel_deferred": (
        _rule("R", "`amount`, `currency_code` and `related_payment_id` are accepted and ignored"),
        *_FOLLOW_UP,
        _no("A", "code 903 in the sandbox: released or cancelled already"),
    ),
    "transaction.release_authorised": (
        _rule("R", "may fail, as nothing was reserved; in the sandbox valid for 90 days"),
        _rule("A", "several, until the authenticated amount is used up"),
        *_FOLLOW_UP,
        _no("A", "code 901 in the sandbox: more than was authenticated"),
    ),
}

NOTES: Mapping[str, tuple[Line, ...]] = {
    **_ACCOUNTS,
    **_CHECKS,
    **_COLLECTIONS,
    **_CREDITS,
    **_PAGES_AND_FILES,
    **_CARDS,
}
"""Rules and refusals of each operation, by its name."""

_PAGE_DECIDES = "if the page setup expects it"
_PAGE_PERMITS = "if the page setup permits it"
CONDITIONS: Mapping[tuple[str, str], str] = {
    ("CustomerAccountCreate", "state_code"): "with `country_code` `US`",
    ("ModulusCheckCreate", "account_name"): "with `account_validation`",
    ("PaymentCreate", "auddis"): "or `mandate`",
    ("PaymentCreate", "mandate"): "or `auddis`",
    ("CreditCreate", "bank_account"): "without `auddis`",
    ("RecurrenceScheduleCreate", "auddis"): "for Direct Debit",
    ("RecurrenceScheduleCreate", "card_id"): "for a card",
    ("RecurrenceScheduleCreate", "collection_day"): "if monthly",
    ("RecurrenceScheduleCreate", "first_collection_amount"): "unless a plan",
    ("RecurrenceScheduleCreate", "installments"): "for a plan",
    **{
        ("PaymentLinkCreate", name): _PAGE_DECIDES
        for name in ("customer_account", "bank_account", "mandate", "recurrence_schedule")
    },
    **{
        ("PaymentLinkCreate", name): _PAGE_PERMITS
        for name in (
            "amount",
            "auddis",
            "first_collection_amount",
            "first_collection_date",
            "start_date",
            "end_date",
            "return_url",
        )
    },
}
"""When a field that is not always mandatory is, by model and wire name."""
