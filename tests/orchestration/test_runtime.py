"""What must be in place before an operation may run."""

from pathlib import Path

import pytest

from smarterpay.orchestration.flow_runs import flow_run_id, tag_flow_run
from smarterpay.orchestration.local_server import free_port, running_server
from smarterpay.orchestration.runtime import (
    NoRuntime,
    Runtime,
    open_runtime,
    rate_budget,
    refuse_cache_overrides,
)
from smarterpay.settings import Settings
from tasks.modulus_checks import create_modulus_check
from tests.api import builders
from tests.in_process import open_directly

OVERRIDES = ("PREFECT_TASKS_REFRESH_CACHE", "PREFECT_TASKS_DISABLE_CACHING")


async def test_an_operation_outside_a_runtime_says_what_to_do() -> None:
    with pytest.raises(NoRuntime, match="open_runtime"):
        await create_modulus_check(builders.modulus_check(), reference="CUST-0042")


@pytest.mark.parametrize("name", OVERRIDES)
@pytest.mark.parametrize("value", ["1", "true", "True", "yes", "on"])
async def test_prefect_may_not_be_told_to_forget_results(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, name: str, value: str
) -> None:
    """It would run each operation afresh (prefect-notes, section 3)."""
    monkeypatch.setenv(name, value)
    with pytest.raises(RuntimeError, match=f"{name} is set; unset it"):
        async with open_runtime(settings):
            pytest.fail("it opened")


@pytest.mark.parametrize("value", ["", "0", "false"])
def test_an_override_that_is_off_is_fine(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    for name in OVERRIDES:
        monkeypatch.setenv(name, value)
    refuse_cache_overrides()


@pytest.mark.parametrize(
    ("limit", "window", "share", "spacing"), [(1000, 60.0, 1.0, 0.06), (1000, 60.0, 0.5, 0.12)]
)
async def test_section_3_the_budget_spreads_the_settings_share_over_the_window(
    settings: Settings, limit: int, window: float, share: float, spacing: float
) -> None:
    wanted = settings.model_copy(
        update={"rate_limit": limit, "rate_window": window, "rate_share": share}
    )
    async with open_directly(wanted) as runtime:
        assert rate_budget(wanted, runtime.journal).spacing == pytest.approx(spacing)


async def test_what_a_runtime_shows_of_itself_holds_no_token(runtime: Runtime) -> None:
    assert "sandbox-key" not in repr(runtime)


async def test_outside_a_flow_run_there_is_nothing_to_tag() -> None:
    assert flow_run_id() is None
    await tag_flow_run("onboarding")


def test_a_server_that_is_gone_does_not_count_as_running(tmp_path: Path) -> None:
    folder = tmp_path
    assert running_server(folder) is None
    note = folder / "server.json"
    for text in (f'{{"pid": 1, "api_url": "http://127.0.0.1:{free_port()}/api"}}', "{", "{}"):
        note.write_text(text)
        assert running_server(folder) is None
