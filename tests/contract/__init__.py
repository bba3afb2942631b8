"""The contract: what is asked of every operation and what comes, table by table (sections 6-8)."""

import pytest

pytest.register_assert_rewrite("tests.contract.judge")
