"""What a payment says of its journey: nothing is guessed, whatever it says (section 8)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.card_journey_steps import change_of
from smarterpay.api.models.payment import Payment
from smarterpay.api.models.transaction import RegisterType
from smarterpay.cli.journeys import print_journey
from smarterpay.journal.journeys import CARD, FINAL, FOLLOWED, Journey, Stage
from smarterpay.settings import Settings

NOW = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)
SETTINGS = Settings()
STATUSES = ("pending", "successful", "failed", "cancelled", "error", "word-of-tomorrow")
RESERVING = tuple(kind for kind in RegisterType if not kind.value.startswith(("MOTO", "Ecomm")))


def a_journey(stage: Stage, deadline: datetime | None) -> Journey:
    """A journey over £25.00 at that stage."""
    return Journey(
        kind=CARD,
        reference="ORDER-1",
        stage=stage,
        reason=None,
        message=None,
        amount_pence=2500,
        record_id="P02A",
        card="card-a",
        record_ids={},
        record_created_at=NOW,
        staged_at=NOW,
        changed_at=NOW,
        look_again_at=NOW,
        deadline_at=deadline,
    )


@given(
    stage=st.sampled_from(FOLLOWED),
    status=st.sampled_from(STATUSES),
    kind=st.sampled_from(RegisterType),
    amount=st.sampled_from([2500, 2500, 2499, 0]),
    released=st.sampled_from([0, 1000, 2500]),
    deadline=st.sampled_from([None, NOW, NOW + timedelta(hours=1)]),
)
def test_only_what_the_provider_says_is_written_down(
    *,
    stage: Stage,
    status: str,
    kind: RegisterType,
    amount: int,
    released: int,
    deadline: datetime | None,
) -> None:
    payment = Payment.model_validate(
        {
            "id": "P02A",
            "status": status,
            "amount": amount,
            "payment_type": kind,
            "card_id": "card-a",
        }
    )
    change = change_of(a_journey(stage, deadline), payment, released, NOW, SETTINGS)

    if amount != 2500 or status == "word-of-tomorrow":
        assert change.stage is Stage.NEEDS_ATTENTION
    elif status == "pending":
        late = deadline is not None and deadline <= NOW
        assert change.stage is (Stage.OVERDUE if late else Stage.WAITING)
    elif status in ("failed", "error"):
        assert change.stage.value == status
    elif status == "successful" and kind not in RESERVING:
        assert change.stage is Stage.SUCCESSFUL
    elif status == "successful":
        assert (change.stage is Stage.SUCCESSFUL) <= (released > 0)
        assert change.stage in (Stage.SUCCESSFUL, Stage.RESERVED, Stage.AUTHENTICATED)
    else:
        assert change.stage is (Stage.SUCCESSFUL if released else Stage.CANCELLED)
    ended = change.stage in FINAL
    assert (change.look_again_at is None) is ended
    assert ended or (change.look_again_at is not None and change.look_again_at > NOW)


def test_a_reference_is_printed_as_it_stands(capsys: pytest.CaptureFixture[str]) -> None:
    """Else what looks like markup would be missing, from a value for the browser too."""
    print_journey(replace(a_journey(Stage.WAITING, None), reference="ORDER[a] :key:"))
    assert capsys.readouterr().out.startswith("ORDER[a] :key:: waiting, £25.00")
