"""Runs one flow, of no batch, in a process of its own, and says in what state it ended.

`python -m smarterpay.cli.single_run MODULE:FLOW ARGUMENTS`, the arguments as a JSON array. The
process prints one line of JSON; everything Prefect says goes to its log. What only a payer's
browser may have never travels this way: the command reads it from the journal.
"""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from smarterpay.cli.applying import LOOK_SECONDS, STOP_SECONDS, not_approved_in_words
from smarterpay.cli.exit_codes import Failure
from smarterpay.cli.printing import console
from smarterpay.cli.services import Services


@dataclass(frozen=True, slots=True)
class Ended:
    """The state a flow run ended in: its name, what it says, the word for machines."""

    name: str
    message: str
    data: str | None
    flow_run_id: str | None


def run_flow(
    services: Services,
    flow: str,
    *arguments: object,
    changed: Mapping[str, str] | None = None,
    meanwhile: Callable[[], None] = lambda: None,
) -> Ended:
    """Run `flow` (`flows.module:name`) to its end; `changed` are variables for its process alone.

    `meanwhile` is called again and again until then. Raises `Failure` if the run itself failed.
    """
    log = services.settings.home / "flows.log"
    log.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with log.open("ab") as file:
        process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            [sys.executable, "-m", "smarterpay.cli.single_run", flow, json.dumps(arguments)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=file,
            env={**os.environ, **(changed or {})},
            text=True,
        )
    try:
        told = _told(process, meanwhile)
    except (KeyboardInterrupt, SystemExit) as stop:
        if isinstance(stop, SystemExit):
            process.terminate()  # the terminal's Ctrl-C has reached it by itself
        _end(process)
        console.print("Stopped. The same command goes on from here; nothing is done twice.")
        raise
    ended = json.loads(told) if told.strip() else {"error": "it printed nothing"}
    if "error" in ended:
        not_approved = not_approved_in_words(ended["error"])
        if not_approved is not None:
            raise Failure(not_approved)
        raise Failure(
            f"the flow run failed: {ended['error']}\nSee {log}. Nothing is lost: mend the cause "
            "and run the same command again."
        )
    return Ended(**ended)


def _told(process: "subprocess.Popen[str]", meanwhile: Callable[[], None]) -> str:
    while True:
        try:
            return process.communicate(timeout=LOOK_SECONDS)[0]
        except subprocess.TimeoutExpired:
            meanwhile()


def _end(process: "subprocess.Popen[str]") -> None:
    """Let it end in order, but not for ever."""
    try:
        process.communicate(timeout=STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()


def main(flow: str, arguments: str) -> int:
    """Run it; 0 if the run itself did not fail, whatever it came to."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    module, _, name = flow.partition(":")
    try:
        run: Any = getattr(import_module(module), name)
        state = asyncio.run(_ended(run, json.loads(arguments)))
    except Exception as error:
        print(json.dumps({"error": f"{type(error).__name__}: {error}"}), file=answers, flush=True)
        return 1
    print(json.dumps(state), file=answers, flush=True)
    return 0


async def _ended(run: Any, arguments: list[Any]) -> dict[str, Any]:
    state = await run(*arguments, return_state=True)
    data = await state.result(raise_on_failure=True)
    run_id = state.state_details.flow_run_id
    return {
        "name": state.name,
        "message": state.message or "",
        "data": None if data is None else str(data),
        "flow_run_id": None if run_id is None else str(run_id),
    }


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
