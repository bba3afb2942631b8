"""Runs flows one after the other, as told on standard input: a flow process that tests keep alive.

Each line it reads is a JSON job: `settings`, the SMARTERPAY_ variables, and either `calls`, tasks
to be called in one flow run of their own, or `flow` and `arguments`, or `open`: a flow run in which
each line that follows is one call, or one flow's body, until an empty one. Each line it prints is
what the job, or the call, came to. Everything Prefect says goes to standard error.
"""

import asyncio
import json
import os
import pickle
import sys
from base64 import b64decode
from collections.abc import Callable
from importlib import import_module
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from flows import onboarding
from smarterpay.orchestration.bulk import BulkOperation
from smarterpay.orchestration.flow_runs import flow_run_id
from smarterpay.orchestration.operation import ListOperation, ReadOperation, WriteOperation
from smarterpay.orchestration.outcome import Settled
from smarterpay.orchestration.runtime import open_runtime


def main() -> None:
    """Work until standard input ends."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())

    def say(what: dict[str, Any]) -> None:
        print(json.dumps(what, default=str), file=answers, flush=True)

    for line in iter(sys.stdin.readline, ""):
        job = json.loads(line)
        _live_by(job["settings"])
        say(asyncio.run(_do(job, say)))


def _live_by(settings: dict[str, str]) -> None:
    for name in [name for name in os.environ if name.startswith("SMARTERPAY_")]:
        del os.environ[name]
    os.environ.update(settings)


async def _do(job: dict[str, Any], say: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    if "open" in job:
        return await _kept_open(say)
    if "flow" in job:
        return await _ended(_flow(job["flow"]), job["arguments"])
    return await _called(job["calls"])


async def _called(calls: list[dict[str, Any]]) -> dict[str, Any]:
    done: dict[str, Any] = {"results": []}

    # Closes over the calls: a flow's parameters stand in Prefect's database.
    @flow(name="call-tasks", persist_result=False)
    async def call_tasks() -> None:
        done["flow_run_id"] = flow_run_id()
        async with open_runtime():
            for call in calls:
                done["results"].append(await _call(**call))

    try:
        await call_tasks()
    except Exception as error:
        done["error"] = _told(error)
    return done


async def _kept_open(say: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    done: dict[str, Any] = {}

    @flow(name="call-tasks", persist_result=False)
    async def call_tasks() -> None:
        done["flow_run_id"] = flow_run_id()
        # Read in a thread: Prefect's own work in this loop goes on meanwhile.
        while call := json.loads(await asyncio.to_thread(sys.stdin.readline)):
            say(await _by_itself(call))

    await call_tasks()
    return done


async def _by_itself(call: dict[str, Any]) -> dict[str, Any]:
    """What one call, or one flow's body, came to, in a runtime of its own.

    The caller may move the sandbox's clock between two calls, and a runtime reads that clock up
    to half a second late: a request would count as sent days before it was.
    """
    try:
        if "flow" in call:
            _live_by(call["settings"])
            state: State[Any] = await _flow(call["flow"]).fn(*call["arguments"])
            return {"state": state.name, "message": state.message}
        async with open_runtime():
            return {"results": [await _call(**call)]}
    except Exception as error:
        return {"error": _told(error)}


def _flow(name: str) -> Any:
    """A flow by `flows.module:name`, or by its name alone where it onboards."""
    module, _, flow_name = name.rpartition(":")
    return getattr(import_module(module) if module else onboarding, flow_name)


async def _ended(run: Any, arguments: list[Any]) -> dict[str, Any]:
    state: State[Any] = await run(*arguments, return_state=True)
    ended: dict[str, Any] = {
        "flow_run_id": state.state_details.flow_run_id,
        "state": state.name,
        "message": state.message,
    }
    if not state.is_completed():
        try:
            await state.result(raise_on_failure=True)
        except Exception as error:
            ended["error"] = _told(error)
    return ended


async def _call(
    task: str,
    request: str | None = None,
    reference: str = "",
    id: str | None = None,
    filters: dict[str, Any] | None = None,
) -> Any:
    module, _, name = task.partition(".")
    operation = getattr(import_module(f"tasks.{module}"), name)
    asked: Any = pickle.loads(b64decode(request)) if request else None  # noqa: S301 - a test's
    match operation:
        case BulkOperation():
            # One look: in the sandbox time passes between two calls, not during one.
            outcome = await operation(asked, reference=reference, follow_for=0)
            return outcome.model_dump(mode="json")
        case WriteOperation():
            settled: Settled[Any] = await operation(asked, reference=reference, id=id)
            return {
                "outcome": settled.outcome.model_dump(mode="json"),
                "record": settled.record.model_dump(mode="json"),
            }
        case ReadOperation():
            return (await operation(str(id))).model_dump(mode="json")
        case ListOperation():
            return [one.model_dump(mode="json") for one in await operation(**(filters or {}))]
    raise TypeError(f"{task} is no operation")


def _told(error: Exception) -> dict[str, Any]:
    known = {name: getattr(error, name, None) for name in ("fields", "executed", "reason")}
    return {"class": type(error).__name__, "text": str(error), **known}


if __name__ == "__main__":
    main()
