"""Has flows run in a real flow process, for tests that look at Prefect; knows no operation."""

import json
import os
import pickle
import subprocess
import sys
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pytest
from pydantic import BaseModel, SecretStr

from smarterpay.orchestration.local_server import PrefectServer
from smarterpay.settings import Settings
from tests.prefect_api import PrefectApi

Call = dict[str, Any]

#: How long the process may take to end, once it is told that nothing more comes.
ENDING_SECONDS = 60


class FlowWorker:
    """`tests.flow_worker` as a child process; what it logs stands in `log`."""

    def __init__(self, environment: Mapping[str, str], log: Path) -> None:
        self.log = log
        self.environment = {**os.environ, **environment}

    def __enter__(self) -> Self:
        with self.log.open("ab") as errors:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.flow_worker"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                env=self.environment,
            )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            self._process.communicate(timeout=ENDING_SECONDS)
        except subprocess.TimeoutExpired:  # a test has failed and left a run that waits
            self._process.kill()
            self._process.communicate()

    def do(self, job: Mapping[str, Any]) -> dict[str, Any]:
        """What a job came to."""
        self.tell(job)
        return self.answer()

    def answer(self) -> dict[str, Any]:
        """What the job that was told came to, once it has ended."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, f"the flow process ended; see {self.log.read_text()[-2000:]}"
        done: dict[str, Any] = json.loads(line)
        return done

    def tell(self, job: Mapping[str, Any]) -> None:
        """Give it a job whose end is not awaited."""
        assert self._process.stdin is not None
        print(json.dumps(job), file=self._process.stdin, flush=True)


class FlowProcess:
    """A merchant's flow process and what the Prefect server tells of its runs."""

    def __init__(self, worker: FlowWorker, api: PrefectApi, settings: Settings) -> None:
        self._worker = worker
        self._settings = settings
        self.api = api

    def call(self, *calls: Call, **changed: object) -> dict[str, Any]:
        """Call tasks in one flow run: its `flow_run_id`, `results`, and `error` if one ended it.

        `changed` are settings that differ.
        """
        return self._worker.do({"settings": self._variables(changed), "calls": calls})

    @contextmanager
    def one_run(self) -> Iterator[Callable[[Call], dict[str, Any]]]:
        """Call tasks one by one in a single flow run: what each came to, as from `call`.

        A flow run for each of many calls would take most of their time.
        """
        self._worker.tell({"settings": self._variables({}), "open": True})
        try:
            yield self._worker.do
        finally:
            self._worker.do({})

    @contextmanager
    def bodies(self) -> Iterator[Callable[..., dict[str, Any]]]:
        """Run the bodies of flows one by one in a single flow run; called as `run`.

        What a body does and what state it ends in is that of its flow; a run of its own for each
        would take most of the time.
        """
        with self.one_run() as do:

            def body(flow: str, *arguments: object, **changed: object) -> dict[str, Any]:
                settings = self._variables(changed)
                return do({"flow": flow, "arguments": arguments, "settings": settings})

            yield body

    def run(self, flow: str, *arguments: object, **changed: object) -> dict[str, Any]:
        """Run a flow: its `flow_run_id`, `state`, `message`, `error`.

        `flow` is `flows.module:name`, or the name alone for one of `flows.onboarding`; `changed`
        are settings that differ.
        """
        job = {"settings": self._variables(changed), "flow": flow, "arguments": arguments}
        return self._worker.do(job)

    def task_run(self, done: Mapping[str, Any]) -> dict[str, Any]:
        """The one task run of a flow run."""
        (found,) = self.api.task_runs(done["flow_run_id"], count=1)
        return found

    def _variables(self, changed: Mapping[str, object]) -> dict[str, str]:
        return environment_of(self._settings) | {
            f"SMARTERPAY_{name.upper()}": str(value) for name, value in changed.items()
        }


def packed(request: BaseModel | Sequence[BaseModel]) -> str:
    """A request, or the rows of a bulk call, as a call carries it to the flow process."""
    return b64encode(pickle.dumps(request)).decode()


def environment_of(settings: Settings) -> dict[str, str]:
    """The variables a process with these settings is started with."""
    variables: dict[str, str] = {}
    for name in settings.model_fields_set:
        value = getattr(settings, name)
        text = value.get_secret_value() if isinstance(value, SecretStr) else str(value)
        variables[f"SMARTERPAY_{name.upper()}"] = text
    return variables


@pytest.fixture(scope="session")
def flow_worker(
    prefect_server: PrefectServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[FlowWorker]:
    """One flow process for many tests; each gives it its own merchant."""
    log = tmp_path_factory.mktemp("flow-worker") / "log"
    with FlowWorker(prefect_server.environment(), log) as worker:
        yield worker


@pytest.fixture
def flows(
    flow_worker: FlowWorker, prefect_server: PrefectServer, settings: Settings
) -> Iterator[FlowProcess]:
    """A flow process with this test's `settings`."""
    with PrefectApi(prefect_server.api_url) as api:
        yield FlowProcess(flow_worker, api, settings)
