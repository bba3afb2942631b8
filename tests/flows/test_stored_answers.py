"""What the ledger is told of an answer that an earlier run was given: it is as old as it is."""

import pytest

from flows.refund_steps import Refunding
from smarterpay.api.models.credit import CreditUpdate
from smarterpay.bacs import BankingCalendar
from smarterpay.journal.batches import RowState
from smarterpay.money.accounts import ItemKind
from smarterpay.orchestration.money_sync import bring_up_to_date
from smarterpay.orchestration.runtime import Runtime
from tests.flows.refund_scene import RefundScene, a_refund
from tests.flows.without_prefect import plainly
from tests.sandbox_process import SandboxProcess

BATCH = "refund-1"


async def test_section_2_a_replayed_answer_does_not_undo_what_was_read_since(
    runtime: Runtime, sandbox: SandboxProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run dies after a refund was ordered; it is amended and seen by a sync, then resumed."""
    journal, scene = runtime.journal, RefundScene(runtime, sandbox)
    debit, card = await scene.direct_debit(), await scene.card()
    sandbox.advance("8d")
    with plainly(runtime):
        refunds = [
            Refunding(runtime, a_refund(name, payment), BATCH, BankingCalendar(), 10_000)
            for name, payment in (("BY-CREDIT", debit), ("BY-CARD", card))
        ]
        with monkeypatch.context() as dying:
            dying.setattr(journal.refunds, "done", _died)
            for refund in refunds:
                with pytest.raises(Died):
                    await refund.run()
        (made,) = scene.records("credits")
        await runtime.cloud.credits.update(made["id"], CreditUpdate(amount=2400))
        sandbox.advance("1h")
        await bring_up_to_date(runtime, days=14, horizon_days=60)
        before = journal.ledger.balances()
        for refund in refunds:
            assert (await refund.run()).state is RowState.SUCCEEDED

    assert journal.ledger.balances() == before
    credit = journal.ledger.get(made["id"])
    assert (credit.amount_pence, credit.related_item, credit.batch_id) == (2400, debit, BATCH)
    kinds = {one.kind for one in journal.ledger.batch(BATCH).standings}
    assert kinds == {ItemKind.CREDIT, ItemKind.CARD_REFUND}


class Died(BaseException):
    """The process ends here."""


def _died(*_: object) -> None:
    raise Died
