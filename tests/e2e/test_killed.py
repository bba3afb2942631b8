"""A flow process is killed with SIGKILL at each recovery point of design section 3, and resumed."""

import pytest

from smarterpay.orchestration.recovery import POINTS_OF_A_WRITE, RecoveryPoint
from tests.e2e.merchant import Merchant

CUSTOMERS = [
    {"reference": f"CUST-{n:04}", "account_number": f"1234{n:04}", "email": f"c{n}@example.com"}
    for n in range(1, 9)
]
#: Eight customers make forty operations; the seventeenth is in the thick of it.
NTH = 17


@pytest.mark.e2e
@pytest.mark.parametrize("point", POINTS_OF_A_WRITE)
def test_killed_at_a_recovery_point_and_resumed(merchant: Merchant, point: RecoveryPoint) -> None:
    file = merchant.write_customers(*CUSTOMERS)

    batch = merchant.onboard_and_die(file, point.value, NTH)
    outcome = merchant.resume(batch)

    assert outcome["onboarded"] == len(CUSTOMERS)
    merchant.assert_books_agree(len(CUSTOMERS))
