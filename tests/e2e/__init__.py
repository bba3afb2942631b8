"""What a merchant lives through, end to end: real processes, sockets, databases and Prefect."""

import pytest

pytest.register_assert_rewrite("tests.e2e.pennies")
