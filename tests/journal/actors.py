"""Programs that tests run as real processes, started together and sometimes killed.

Each says `ready` when it is set up, waits for a line, does its one thing and prints the outcome as
JSON. Run as `python -m tests.journal.actors NAME ARGUMENTS`, with the settings in the environment.
"""

import asyncio
import hashlib
import json
import os
import sys
import time
from collections.abc import Callable
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import Any

from smarterpay.journal import Journal
from smarterpay.journal.database import Database
from smarterpay.journal.decision import Decision
from smarterpay.journal.encryption import KEY_FILE_NAME, cipher_from
from smarterpay.journal.intents import Busy, Intent
from smarterpay.journal.leases import new_lease
from smarterpay.journal.migrate import migrate
from smarterpay.journal.rate_budget import RateBudget
from smarterpay.settings import Settings
from tests.journal.builders import NOW, SUCCEEDED, a_wish

#: How long a would-be request takes: long enough for every other process to come by.
EXCHANGE_SECONDS = 0.3


def wait_for_the_start() -> None:
    """Line up with the others."""
    print("ready", flush=True)
    sys.stdin.readline()


def deliver(sends: str, now: str) -> dict[str, Any]:
    """Have the wish happen once, and write down each time its bytes would leave."""
    instant = datetime.fromisoformat(now)
    with Journal.open(Settings()) as journal:
        wait_for_the_start()
        waited = 0
        while True:
            intent, decision = journal.intents.open(a_wish(), instant)
            if decision is not Decision.SEND_STORED_BYTES:
                return {**described(intent), "decision": decision, "waited": waited}
            started = journal.intents.start_attempt(intent.id, intent.key, new_lease(), instant)
            if isinstance(started, Busy):
                waited += 1
                time.sleep(0.02)
                continue
            attempt, body = started
            write_down(sends, f"{attempt.key} {hashlib.sha256(body).hexdigest()}")
            time.sleep(EXCHANGE_SECONDS)
            journal.intents.close_attempt(attempt, SUCCEEDED, instant)


def start_and_hang() -> dict[str, Any]:
    """Start an exchange and never close it: whoever runs this kills it."""
    with Journal.open(Settings()) as journal:
        intent, _ = journal.intents.open(a_wish(), NOW)
        journal.intents.start_attempt(intent.id, intent.key, new_lease(), NOW)
        wait_for_the_start()
        time.sleep(3600)
        return described(intent)


def leave_key_behind(spent_key: str, now: str) -> dict[str, Any]:
    """Open the next generation, as after a look-up that found none."""
    with Journal.open(Settings()) as journal:
        wait_for_the_start()
        instant = datetime.fromisoformat(now)
        return described(journal.intents.next_generation(a_wish(), spent_key, instant))


def open_many(count: str) -> dict[str, Any]:
    """Open the same intents as everybody else, in the same order."""
    with Journal.open(Settings()) as journal:
        wait_for_the_start()
        wishes = [a_wish(reference=f"CUST-{number}") for number in range(int(count))]
        return {"ids": [journal.intents.open(wish, NOW)[0].id for wish in wishes]}


def bring_up_to_date() -> dict[str, Any]:
    """Migrate the database."""
    import_module("alembic.command")  # now, so that all migrate at the same moment
    database = Database(Settings().journal)
    wait_for_the_start()
    try:
        migrate(database)
        return {"migrated": True}
    finally:
        database.close()


def make_the_key() -> dict[str, Any]:
    """Make or read the key file; the outcome is a text only that key can read."""
    home = Settings().home
    wait_for_the_start()
    cipher = cipher_from(None, home)
    return {"text": cipher.encrypt(b"mark").decode(), "file": (home / KEY_FILE_NAME).read_text()}


def take_slots(count: str, limit: str, window: str, share: str) -> dict[str, Any]:
    """Take slots as fast as the budget gives them; the outcome is slots and instants of sending."""

    async def take(journal: Journal) -> dict[str, Any]:
        budget = RateBudget(
            journal.database, "key", limit=int(limit), window=float(window), share=float(share)
        )
        slots: list[float] = []
        sent: list[float] = []

        async def one() -> None:
            slots.append(await budget.take_slot())
            sent.append(time.time())

        await asyncio.gather(*(one() for _ in range(int(count))))
        return {"slots": slots, "sent": sent}

    with Journal.open(Settings()) as journal:
        wait_for_the_start()
        return asyncio.run(take(journal))


def described(intent: Intent) -> dict[str, Any]:
    """What tests compare of an intent."""
    return {"id": intent.id, "key": intent.key, "generation": intent.generation}


def write_down(file: str, line: str) -> None:
    """Append a line in one write, so that lines of many processes stay whole."""
    descriptor = os.open(Path(file), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(descriptor, f"{line}\n".encode())
    finally:
        os.close(descriptor)


ACTORS: dict[str, Callable[..., dict[str, Any]]] = {
    actor.__name__: actor
    for actor in (
        deliver,
        start_and_hang,
        leave_key_behind,
        open_many,
        bring_up_to_date,
        make_the_key,
        take_slots,
    )
}

if __name__ == "__main__":
    print(json.dumps(ACTORS[sys.argv[1]](*sys.argv[2:])), flush=True)
