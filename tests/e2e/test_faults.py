"""Answers are lost, late, wrong or refused for a while: the same records stand in the end."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.e2e.merchant import Merchant

CUSTOMERS = [
    {"reference": f"CUST-{n:04}", "account_number": f"1234{n:04}", "email": f"c{n}@example.com"}
    for n in range(1, 7)
]
#: A kind of fault, where it strikes, and how often (reference, section 12, "Faults").
FAULTS: Mapping[str, list[dict[str, Any]]] = {
    "answers are lost after the work": [
        {"kind": "drop-after", "method": "POST", "path": path, "times": 3}
        for path in ("/customeraccount", "/bankaccount", "/mandate", "/recurrenceschedule")
    ],
    "requests are lost before the work": [
        {"kind": "drop-before", "method": "POST", "path": "/mandate", "times": 4}
    ],
    "429 storm": [{"kind": "429", "method": "POST", "path": "/", "times": 12}],
    "503 window": [{"kind": "503", "method": "POST", "path": "/", "times": 8}],
    "500 before the work": [
        {"kind": "500-before", "method": "POST", "path": "/bankaccount", "times": 3}
    ],
    "500 after the work": [
        {"kind": "500-after", "method": "POST", "path": "/recurrenceschedule", "times": 3}
    ],
    "HTML error pages": [{"kind": "html-error", "method": "POST", "path": "/mandate", "times": 3}],
    "empty answers": [{"kind": "empty-body", "method": "POST", "path": "/mandate", "times": 3}],
    "answers after the client's timeout, and 409 while they are in progress": [
        {"kind": "slow", "method": "POST", "path": "/mandate", "times": 3, "seconds": 3}
    ],
}


@pytest.mark.e2e
@pytest.mark.parametrize("faults", FAULTS.values(), ids=FAULTS.keys())
def test_every_customer_is_onboarded_once(
    quick_merchant: Merchant, faults: list[dict[str, Any]]
) -> None:
    merchant = quick_merchant
    merchant.more_settings = {
        "SMARTERPAY_READ_TIMEOUT": "1",
        "SMARTERPAY_RATE_WINDOW": "0.5",
        "SMARTERPAY_RATE_LIMIT": "1000",
        "SMARTERPAY_RETRY_DELAY": "0.3",
    }
    for fault in faults:
        merchant.sandbox.faults(**fault)

    outcome = merchant.onboard(merchant.write_customers(*CUSTOMERS))
    if outcome["unknown"]:  # tries in one run are bounded; the next run goes on
        outcome = merchant.resume(outcome["batch"])

    assert outcome["onboarded"] == len(CUSTOMERS), outcome
    merchant.assert_books_agree(len(CUSTOMERS))
    struck = merchant.sandbox.control("faults")["faults"]
    assert [fault["remaining"] for fault in struck] == [0] * len(faults), struck
