"""Card calls in the journal (section 8): what happened is a success, silence is no answer.

A scripted provider says what no real one says on demand.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, SecretStr

from smarterpay.api import Answer
from smarterpay.api.models.transaction import Transaction
from smarterpay.clock import FixedClock
from smarterpay.journal.decision import LATE_WORK, State
from smarterpay.journal.intents import Intent
from smarterpay.orchestration.delivery import deliver
from smarterpay.orchestration.outcome import (
    GenerationMovedOn,
    NeedsAttention,
    NotSettled,
    Outcome,
)
from smarterpay.orchestration.record_status import record_status
from smarterpay.orchestration.runtime import Runtime
from smarterpay.settings import Settings
from tests.api import builders
from tests.api.scripted_server import DROP, ScriptedServer, Send, answer
from tests.in_process import done, open_directly, opened

NOW = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)
CARD = "20477d89-9fe4-4b25-ae57-c24f461bb391"
REFERENCE = "INV-2026-118"
REPEAT = builders.repeat(custom_reference=REFERENCE)
A_DAY = timedelta(hours=23)
NOTHING = answer(200, {"payments": []})


def taken(status: str = "successful", **changes: Any) -> Send:
    """A card answer (section 8)."""
    fields = {
        "id": "P02YZ96J1D7WDK8NEWD",
        "card_id": CARD,
        "status": status,
        "status_code": "",
        "amount": 2500,
        "currency_code": "GBP",
        "payment_type": "Repeat",
        "custom_reference": REFERENCE,
        "created_at": "2026-06-01T09:00:00Z",
    }
    return answer(200, {**fields, **changes})


SILENT = taken("error", id="", status_code=910, status_details="gateway silent")


def listed(*payments: dict[str, Any]) -> tuple[Send, Send]:
    """The payments list, and the empty page that ends it."""
    fields = {
        "id": "P02YZ96J1D7WDK8NEWD",
        "created_at": "2026-06-01T09:00:01Z",
        "status": "successful",
        "amount": "2500",
        "currency_code": "GBP",
        "custom_reference": REFERENCE,
        "card_id": CARD,
        "payment_type": "Repeat",
        "related_payment": "P02RELATED",
        "authorisation_code": "A1B2C3",
    }
    return answer(200, {"payments": [{**fields, **one} for one in payments]}), NOTHING


class Provider:
    """A runtime whose two hosts follow one script, and the clock it lives by."""

    def __init__(self, runtime: Runtime, server: ScriptedServer, clock: FixedClock) -> None:
        self.runtime = runtime
        self.server = server
        self.clock = clock

    async def asked(
        self,
        operation: str = "transaction.repeat",
        request: BaseModel = REPEAT,
        id: str | None = CARD,
    ) -> Intent:
        """An intent after one exchange that settled nothing."""
        intent = opened(self.runtime, operation, request, REFERENCE, id)
        with pytest.raises(NotSettled):
            await deliver(self.runtime, intent.id, intent.key)
        return self.runtime.journal.intents.get(intent.id)

    async def deliver(self, intent: Intent) -> Outcome:
        """One more look."""
        return await deliver(self.runtime, intent.id, intent.key)

    @property
    def posts(self) -> int:
        """How often the card host was asked to do something."""
        return sum(one.method == "POST" for one in self.server.received)


@asynccontextmanager
async def provider(home: Path, *script: Send) -> AsyncIterator[Provider]:
    """A provider that follows `script`."""
    clock = FixedClock(NOW)
    async with ScriptedServer(*script) as server:
        settings = Settings(
            home=home,
            cloud_base_url=server.url,
            card_base_url=server.url,
            api_key=SecretStr("k"),
            rate_limit=60_000,
        )
        async with open_directly(settings, clock=clock) as runtime:
            yield Provider(runtime, server, clock)


# --- What the gateway said ---------------------------------------------------------------------


@pytest.mark.parametrize("status", ["successful", "failed", "pending", "cancelled"])
async def test_section_8_what_the_record_came_to_is_told_beside_the_outcome(
    tmp_path: Path, status: str
) -> None:
    """A declined charge happened, and nobody can take it for one that was collected."""
    async with provider(tmp_path, taken(status)) as host:
        outcome = await done(host.runtime, "transaction.repeat", REPEAT, REFERENCE, CARD)
        again = await done(host.runtime, "transaction.repeat", REPEAT, REFERENCE, CARD)
    assert (outcome.outcome, outcome.record_status) == ("succeeded", status)
    assert outcome.record_id == "P02YZ96J1D7WDK8NEWD"
    assert again == outcome
    assert host.posts == 1


@pytest.mark.parametrize(
    ("status", "code"), [(400, 102), (400, 103), (400, 905), (200, 102), (200, 103)]
)
async def test_section_8_an_input_error_is_refused_in_whatever_status_it_comes(
    tmp_path: Path, status: int, code: int
) -> None:
    refusal = answer(status, {"status": "error", "status_code": code, "status_details": "No"})
    async with provider(tmp_path, DROP, refusal) as host:
        intent = await host.asked()
        outcome = await host.deliver(intent)
    assert (outcome.outcome, outcome.status, outcome.record_status) == ("refused", status, None)


def test_a_word_that_is_no_status_is_not_kept() -> None:
    assert record_status(Transaction(id="P02", status="awaiting_capture")) == "awaiting_capture"
    assert record_status(Transaction(id="P02", status="J. Hetfield, 4929")) == "(no status word)"


# --- A silent gateway --------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["successful", "failed", "cancelled"])
async def test_section_8_after_silence_a_payment_with_an_end_is_adopted(
    tmp_path: Path, status: str
) -> None:
    async with provider(tmp_path, SILENT, *listed({"status": status})) as host:
        intent = await host.asked()
        assert (intent.state, intent.look_up) == (State.UNKNOWN, True)

        outcome = await host.deliver(intent)

        assert (outcome.outcome, outcome.record_status, outcome.reason) == (
            "succeeded",
            status,
            "adopted by look-up",
        )
        assert f"custom_reference={REFERENCE}" in host.server.received[1].target
        body = host.runtime.journal.intents.answer(intent.id) or b""
    record = host.runtime.card.read("transaction.repeat", Answer("transaction.repeat", 200, body))
    assert isinstance(record, Transaction)
    assert (record.id, record.card_id, record.status, record.amount, record.currency_code) == (
        "P02YZ96J1D7WDK8NEWD",
        CARD,
        status,
        2500,
        "GBP",
    )
    assert (record.related_payment_id, record.authorisation_code) == ("P02RELATED", "A1B2C3")
    assert (record.custom_reference, record.session_token) == (REFERENCE, None)
    assert host.posts == 1


@pytest.mark.parametrize("status", ["pending", "error"])
async def test_section_8_a_payment_the_gateway_has_not_finished_with_is_waited_for(
    tmp_path: Path, status: str
) -> None:
    unfinished = listed({"status": status})
    async with provider(tmp_path, SILENT, *unfinished, *unfinished) as host:
        intent = await host.asked()
        with pytest.raises(NotSettled, match="not finished with it"):
            await host.deliver(intent)

        host.clock.advance(LATE_WORK)

        with pytest.raises(NeedsAttention, match="never came to an end"):
            await host.deliver(intent)
        assert host.posts == 1


async def test_section_8_silence_that_left_no_payment_is_never_charged_again(
    tmp_path: Path,
) -> None:
    """No list can prove that a silent gateway charged nothing."""
    async with provider(tmp_path, SILENT, NOTHING) as host:
        intent = await host.asked()
        with pytest.raises(NotSettled, match="still be at work"):
            await host.deliver(intent)
        for wait in (LATE_WORK, A_DAY, 30 * A_DAY):
            host.clock.advance(wait)
            with pytest.raises(NeedsAttention, match="silent"):
                await done(host.runtime, "transaction.repeat", REPEAT, REFERENCE, CARD)
        after = host.runtime.journal.intents.get(intent.id)
        assert (after.generation, after.state) == (0, State.NEEDS_ATTENTION)
        assert host.posts == 1


async def test_section_2_silence_after_a_lost_answer_is_silence_too(tmp_path: Path) -> None:
    """The platform stored the answer: under the same key it comes again."""
    async with provider(tmp_path, DROP, SILENT, NOTHING) as host:
        intent = await host.asked()
        with pytest.raises(NotSettled):
            await host.deliver(intent)
        host.clock.advance(A_DAY)
        with pytest.raises(NeedsAttention, match="silent"):
            await host.deliver(intent)
        assert host.posts == 2


# --- Unknown for another reason ----------------------------------------------------------------


async def test_section_8_a_lost_answer_is_asked_for_under_the_same_key(tmp_path: Path) -> None:
    async with provider(tmp_path, DROP, taken()) as host:
        intent = await host.asked()
        outcome = await host.deliver(intent)
        assert outcome.record_status == "successful"
        assert host.server.keys == [intent.key] * 2
        assert len(host.server.bodies) == 1


@pytest.mark.parametrize(
    "operation", ["refund", "repeat", "release_deferred", "release_authorised"]
)
async def test_section_8_no_payment_long_after_proves_nothing_where_money_moves(
    tmp_path: Path, operation: str
) -> None:
    async with provider(tmp_path, DROP, NOTHING) as host:
        request = getattr(builders, operation)(custom_reference=REFERENCE)
        intent = await host.asked(f"transaction.{operation}", request)
        host.clock.advance(A_DAY)
        with pytest.raises(NeedsAttention, match="ask the gateway"):
            await host.deliver(intent)


async def test_section_4_a_register_that_left_nothing_goes_out_under_the_next_key(
    tmp_path: Path,
) -> None:
    """Nothing is charged until the browser step is complete (section 8, "Flow")."""
    async with provider(tmp_path, DROP, NOTHING) as host:
        request = builders.register(custom_reference=REFERENCE)
        intent = await host.asked("transaction.register", request, None)
        host.clock.advance(A_DAY)
        with pytest.raises(GenerationMovedOn):
            await host.deliver(intent)


async def test_section_4_after_a_replayed_500_the_provider_may_still_be_at_work(
    tmp_path: Path,
) -> None:
    replayed = answer(500, b"", Idempotency_Replay="true")
    async with provider(tmp_path, replayed, NOTHING) as host:
        intent = await host.asked()
        with pytest.raises(NotSettled, match="still be at work"):
            await host.deliver(intent)
        host.clock.advance(LATE_WORK)
        with pytest.raises(NeedsAttention, match="ask the gateway"):
            await host.deliver(intent)


@pytest.mark.parametrize(
    ("others", "why"),
    [
        ([{}, {"id": "P02OTHER"}], "more than one"),
        ([{"amount": "2501"}], "another amount"),
        ([{"created_at": "2026-06-01T20:00:00Z"}], "another time"),
    ],
    ids=["two", "another amount", "another time"],
)
async def test_what_the_list_cannot_tell_is_left_to_a_person(
    tmp_path: Path, others: list[dict[str, Any]], why: str
) -> None:
    async with provider(tmp_path, DROP, *listed(*others)) as host:
        intent = await host.asked()
        host.clock.advance(A_DAY)
        with pytest.raises(NeedsAttention, match=why):
            await host.deliver(intent)


@pytest.mark.parametrize(
    "stranger",
    [
        {"card_id": "another-card"},
        {"card_id": ""},
        {"payment_type": "Refund"},
        {"custom_reference": "INV-2026-119"},
    ],
    ids=["another card", "a direct debit", "another kind", "another reference"],
)
async def test_a_payment_of_another_card_or_kind_is_not_ours(
    tmp_path: Path, stranger: dict[str, Any]
) -> None:
    async with provider(tmp_path, DROP, *listed(stranger)) as host:
        intent = await host.asked()
        host.clock.advance(A_DAY)
        with pytest.raises(NeedsAttention, match="no payment was found"):
            await host.deliver(intent)


async def test_without_a_reference_of_ours_only_a_person_can_tell(tmp_path: Path) -> None:
    async with provider(tmp_path, SILENT) as host:
        intent = await host.asked(request=builders.repeat())
        with pytest.raises(NeedsAttention, match="no list can tell"):
            await host.deliver(intent)
        assert len(host.server.received) == 1


async def test_section_8_a_register_is_found_by_its_reference_on_any_card(tmp_path: Path) -> None:
    request = builders.register(custom_reference=REFERENCE)
    kind = {"payment_type": request.payment_type, "card_id": "a-new-card"}
    async with provider(tmp_path, DROP, *listed(kind)) as host:
        intent = await host.asked("transaction.register", request, None)
        host.clock.advance(A_DAY)
        assert (await host.deliver(intent)).record_status == "successful"


# --- Void and cancel leave no payment of their own ---------------------------------------------

VOID = builders.void(custom_reference=REFERENCE, related_payment_id="P02YZ96J1D7WDK8NEWD")
VOIDED = {"payment": {"id": "P02YZ96J1D7WDK8NEWD", "card_id": CARD, "status": "cancelled"}}


async def test_section_11_a_void_is_told_by_the_payment_it_names(tmp_path: Path) -> None:
    async with provider(tmp_path, DROP, NOTHING, answer(200, VOIDED)) as host:
        intent = await host.asked("transaction.void", VOID)
        host.clock.advance(A_DAY)
        outcome = await host.deliver(intent)
        body = host.runtime.journal.intents.answer(intent.id) or b""
    assert (outcome.record_id, outcome.record_status) == ("P02YZ96J1D7WDK8NEWD", "successful")
    record = host.runtime.card.read("transaction.void", Answer("transaction.void", 200, body))
    assert isinstance(record, Transaction)
    assert (record.payment_type, record.related_payment_id, record.custom_reference) == (
        "Void",
        "P02YZ96J1D7WDK8NEWD",
        REFERENCE,
    )


async def test_section_11_a_void_that_did_not_happen_is_sent_anew(tmp_path: Path) -> None:
    standing = {"payment": {**VOIDED["payment"], "status": "successful"}}
    async with provider(tmp_path, DROP, NOTHING, answer(200, standing)) as host:
        intent = await host.asked("transaction.void", VOID)
        host.clock.advance(A_DAY)
        with pytest.raises(GenerationMovedOn):
            await host.deliver(intent)


async def test_section_11_a_void_that_names_no_payment_is_left_to_a_person(tmp_path: Path) -> None:
    async with provider(tmp_path, DROP, NOTHING) as host:
        intent = await host.asked(
            "transaction.void", VOID.model_copy(update={"related_payment_id": None})
        )
        host.clock.advance(A_DAY)
        with pytest.raises(NeedsAttention, match="no list can tell"):
            await host.deliver(intent)
