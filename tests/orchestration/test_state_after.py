"""What an intent becomes by an exchange: the table of design section 3, steps 4 and 5."""

import pytest

from smarterpay.api import Answer, ConnectFailed, Disposition, NoAnswer, TransportError
from smarterpay.journal.decision import State
from smarterpay.orchestration.judgement import _state_after

OK = Answer("mandate.create", 200, b"{}")
REFUSAL = Answer("mandate.create", 400, b"")
KEY_REUSED = Answer("mandate.create", 422, b"")
SERVER_ERROR = Answer("mandate.create", 500, b"")
REPLAYED_ERROR = Answer("mandate.create", 500, b"", replayed=True)
LIMITED = Answer("mandate.create", 429, b"")
BAD_TOKEN = Answer("mandate.create", 498, b"")
LOST = NoAnswer("mandate.create", "ReadTimeout")
UNREACHABLE = ConnectFailed("mandate.create", "connection refused")

#: None: the exchange executed nothing, so the state follows from the other exchanges.
TABLE: list[tuple[Disposition, Answer | TransportError, State | None]] = [
    (Disposition.SUCCEEDED, OK, State.SUCCEEDED),
    (Disposition.REFUSED, REFUSAL, State.REFUSED),
    (Disposition.UNKNOWN, SERVER_ERROR, State.UNKNOWN),
    (Disposition.UNKNOWN, LOST, State.UNKNOWN),
    (Disposition.UNKNOWN, OK, State.UNKNOWN),
    (Disposition.RETRY, LIMITED, None),
    (Disposition.RETRY, UNREACHABLE, None),
    (Disposition.MISCONFIGURED, BAD_TOKEN, None),
    (Disposition.STOP, REPLAYED_ERROR, State.UNKNOWN),
    (Disposition.STOP, KEY_REUSED, State.NEEDS_ATTENTION),
]


@pytest.mark.parametrize(("disposition", "result", "state"), TABLE)
def test_section_4_state_after(
    disposition: Disposition, result: Answer | TransportError, state: State | None
) -> None:
    assert _state_after(disposition, result) is state


def test_the_table_has_every_disposition() -> None:
    assert {row[0] for row in TABLE} == set(Disposition)
