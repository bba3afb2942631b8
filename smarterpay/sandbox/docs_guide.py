"""What a reader of `/docs` needs beside the operations, as data; knows no page and no state."""

from smarterpay.sandbox.faults import KINDS
from smarterpay.sandbox.fixtures import DEFAULT_SUN, MAIN_ACCOUNT, SECOND_ACCOUNT, SECOND_SUN
from smarterpay.sandbox.settings import ClientSettings

Rows = tuple[tuple[str, str], ...]

FIRST_CALL = """\
curl {origin}/service.svc/customeraccount \\
  -H 'Authorization: Bearer sandbox-key' -H 'Content-Type: application/json' \\
  -H 'Idempotency-Key: my-first-call' \\
  -d '{{"Customer_Account": {{"email": "test@test.com", "first_name": "test", \
"last_name": "test",
       "address_line1": "74 test street", "city": "testcity", "postal_code": "Q1 TEST"}}}}'"""
"""A command that works as it stands, once `origin` is filled in."""

TOKENS: Rows = (
    ("sandbox-key", "Works."),
    ("sandbox-key-expired", "498."),
    ("sandbox-key-limited", "Works, 5 requests per window."),
)

FIXTURES: Rows = (
    (MAIN_ACCOUNT, f"Client bank account of SUN {DEFAULT_SUN}, the default."),
    (SECOND_ACCOUNT, f"Client bank account of SUN {SECOND_SUN}."),
)

TEST_VALUES: Rows = (
    ("account_number ...900", "Fails the modulus check: creating the account answers 400."),
    ("account_number ...901", "Takes no Direct Debits: creating a mandate answers 400."),
    ("account_number ...902", "Takes no credits."),
    ("account_name ... NOMATCH", "Account validation fails with 40 %; account check: `ANNM`."),
    ("account_name ... PENDING", "Account validation stays open until the control call."),
    ("account_name ... AVERROR", "Account validation meets a technical fault."),
    ("account_name ... CLOSE", "Account check: a close match, `MBAM`."),
    ("account_name ... WRONGTYPE", "Account check: the other account type, `BANM`."),
    ("account_name ... NOTFOUND", "Account check: no such account, `AC01`."),
    ("reference NOMATCH...", "A stand-alone validation: as the name; `PENDING` and `AVERROR` too."),
)
"""The test values of section 13 that concern what is built; what is not listed succeeds."""

_FAULT = (
    '`{"kind": "drop-after", "method": "POST", "path": "/mandate", "times": 1, "skip": 0, '
    '"probability": 1.0, "seed": 1, "seconds": 1, "stored": true, "after": false}`; all but '
    "the kind may be left out, and several go as `faults`. Kinds: "
)
_CLOCK = (
    '`{"advance": "25h"}`, `{"set": "2026-06-02T09:00"}` (London) or '
    '`{"next_banking_day": true}`; `{"mode": "frozen"}`, `"realtime"` or `"scaled"` with `scale`.'
)
CONTROL_CALLS: Rows = (
    ("GET /_sandbox/clock", "What time it is, in which mode, and how much work waits."),
    ("POST /_sandbox/clock", _CLOCK),
    ("POST /_sandbox/faults", _FAULT + ", ".join(f"`{kind}`" for kind in KINDS) + "."),
    ("GET, DELETE /_sandbox/faults", "How far the faults have got; call them all off."),
    ("GET, POST /_sandbox/settings", "The settings below, all or some by name."),
    ("POST /_sandbox/reset", 'Start afresh; `{"seed": 2}` for other ids.'),
    ("GET, POST /_sandbox/snapshot", "The whole state, to take and to put back."),
    (
        "POST /_sandbox/validations/{id}/complete",
        '`{"outcome": "match"}`, `"nomatch"` or `"error"`.',
    ),
    ("POST /_sandbox/mandates/{id}/cancel-by-originator", "The one way to that status."),
    ("GET /_sandbox/books?records=1", "Counts per resource, figures, and the records."),
    ("GET /_sandbox/requests?limit=100", "The last calls: no bodies, no tokens."),
)


def settings_rows() -> Rows:
    """Every setting with its default, as JSON shows it."""
    words = {True: "true", False: "false", None: "null"}
    return tuple(
        (name, str(words.get(value, value) if isinstance(value, bool | None) else value))
        for name, value in ClientSettings().as_dict().items()
    )
