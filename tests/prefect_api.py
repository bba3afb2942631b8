"""Reads from a Prefect server what a person would see in its UI; changes nothing."""

import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx

from tests.sandbox_process import plain_tls

T = TypeVar("T")

PATIENCE = 240.0


class PrefectApi:
    """The server's own HTTP API, asked without Prefect's client."""

    def __init__(self, api_url: str) -> None:
        self._http = httpx.Client(base_url=api_url, timeout=30, verify=plain_tls(), trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._http.close()

    def flow_runs(self, name: str) -> list[dict[str, Any]]:
        """The runs called `name`, newest first."""
        return self._filter(
            "flow_runs", {"flow_runs": {"name": {"any_": [name]}}, "sort": "START_TIME_DESC"}
        )

    def flow_run(self, flow_run_id: object) -> dict[str, Any]:
        """One flow run."""
        found: dict[str, Any] = self._get(f"flow_runs/{flow_run_id}")
        return found

    def task_runs(self, flow_run_id: object, *, count: int) -> list[dict[str, Any]]:
        """The task runs of a flow run, once the server has recorded the end of `count` of them."""
        wanted = {"flow_runs": {"id": {"any_": [str(flow_run_id)]}}, "sort": "NAME_ASC"}

        def look() -> list[dict[str, Any]]:
            return self._filter("task_runs", wanted)

        return eventually(look, lambda runs: len([r for r in runs if _ended(r)]) >= count)

    def state_names(self, task_run: Mapping[str, Any]) -> list[str]:
        """Names of every state a task run went through, in order; the last one is its present."""

        def look() -> list[str]:
            states = self._get("task_run_states/", task_run_id=task_run["id"])
            return [s["name"] for s in sorted(states, key=lambda state: state["timestamp"])]

        return eventually(look, lambda names: names[-1:] == [task_run["state"]["name"]])

    def artifacts(self, flow_run_id: object) -> dict[str, dict[str, Any]]:
        """The artifacts of a flow run by key."""
        wanted = {"artifacts": {"flow_run_id": {"any_": [str(flow_run_id)]}}}
        return {artifact["key"]: artifact for artifact in self._filter("artifacts", wanted)}

    def logs(self, flow_run_id: object, *, until: str) -> list[str]:
        """What a flow run logged, once a line holds the text `until`."""
        wanted = {"logs": {"flow_run_id": {"any_": [str(flow_run_id)]}}}

        def look() -> list[str]:
            return [line["message"] for line in self._filter("logs", wanted)]

        return eventually(look, lambda lines: any(until in line for line in lines))

    def _filter(self, what: str, wanted: Mapping[str, Any]) -> list[dict[str, Any]]:
        answer = self._http.post(f"/{what}/filter", json={"limit": 200, **wanted})
        answer.raise_for_status()
        found: list[dict[str, Any]] = answer.json()
        return found

    def _get(self, path: str, **query: Any) -> Any:
        answer = self._http.get(f"/{path}", params=query)
        answer.raise_for_status()
        return answer.json()


def eventually(look: Callable[[], T], is_so: Callable[[T], bool]) -> T:
    """What `look` sees once `is_so` holds of it; fails the test when it never does."""
    deadline = time.monotonic() + PATIENCE
    while not is_so(seen := look()):
        assert time.monotonic() < deadline, f"waited in vain; last seen: {seen}"
        time.sleep(0.1)
    return seen


def _ended(task_run: Mapping[str, Any]) -> bool:
    state = task_run["state"]
    return bool(state) and state["type"] in ("COMPLETED", "FAILED", "CRASHED", "CANCELLED")
