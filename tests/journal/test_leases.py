"""Leases: who may send right now, and when a sender counts as gone."""

import os
import socket
import subprocess
import sys
import time
from dataclasses import dataclass

import pytest

from smarterpay.journal import Journal
from smarterpay.journal.intents import Busy
from smarterpay.journal.leases import LEASE_SECONDS, Lease, is_free, new_lease
from tests.journal.builders import NOW, UNKNOWN, a_wish, exchange, start

HERE = socket.gethostname()
SOON = time.time() + 100 * LEASE_SECONDS  # after the last test of a long run, too
LONG_AGO = 0.0


@dataclass(frozen=True)
class Held:
    """Something with a lease."""

    lease_owner: str | None
    lease_until: float | None


@pytest.fixture(scope="module")
def dead_pid() -> int:
    """The number of a process of this machine that has ended and was waited for."""
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    return child.pid


def test_what_was_never_leased_is_free() -> None:
    assert is_free(Held(None, None), None)


def test_one_sender_holds_it_against_every_other() -> None:
    mine, yours = new_lease(), new_lease()
    held = Held(mine.owner, mine.until)

    assert is_free(held, mine)
    assert not is_free(held, yours)
    assert not is_free(held, None)


def test_two_exchanges_of_one_process_are_two_senders() -> None:
    """A process may be asked twice for the same thing, and sends it once."""
    assert new_lease().owner != new_lease().owner


def test_a_lease_outlives_the_exchange_it_covers() -> None:
    """Reference section 4: connect 5 s, read 60 s."""
    assert LEASE_SECONDS > 5 + 60


@pytest.mark.parametrize(
    "owner",
    [
        pytest.param(f"{HERE}/{os.getpid()}/a", id="living process of this machine"),
        pytest.param(f"{HERE}/1/a", id="living process of another user"),
        pytest.param("elsewhere.example/1/a", id="another machine"),
        pytest.param(f"{HERE}/not-a-number/a", id="no process number"),
        pytest.param(HERE, id="no process"),
    ],
)
def test_a_doubt_counts_as_alive_until_the_lease_lapses(owner: str) -> None:
    assert not is_free(Held(owner, SOON), None)
    assert is_free(Held(owner, LONG_AGO), None)


def test_a_process_of_this_machine_that_ended_holds_nothing(dead_pid: int) -> None:
    assert is_free(Held(f"{HERE}/{dead_pid}/a", SOON), None)


def test_of_another_machines_processes_we_know_nothing(dead_pid: int) -> None:
    assert not is_free(Held(f"elsewhere.example/{dead_pid}/a", SOON), None)


def test_a_forked_child_holds_leases_in_its_own_name() -> None:
    """Else the parent, which lives on, would vouch for a child that died."""
    new_lease()
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writer, new_lease().owner.encode())
        os._exit(0)
    os.close(writer)
    owner = os.read(reader, 1000).decode()
    os.close(reader)
    os.waitpid(child, 0)

    assert owner.startswith(f"{HERE}/{child}/")
    assert is_free(Held(owner, SOON), None)


class TestInTheJournal:
    def test_while_one_sends_the_others_wait(self, journal: Journal) -> None:
        intent, _ = journal.intents.open(a_wish(), NOW)
        start(journal, intent)

        started = journal.intents.start_attempt(intent.id, intent.key, new_lease(), NOW)

        assert started is Busy.LEASED
        assert len(journal.intents.attempts(intent.id)) == 1

    def test_the_holder_may_go_on(self, journal: Journal) -> None:
        intent, _ = journal.intents.open(a_wish(), NOW)
        lease = new_lease()
        start(journal, intent, lease=lease)

        assert start(journal, intent, lease=lease).number == 2

    def test_closing_the_exchange_frees_it(self, journal: Journal) -> None:
        intent, _ = journal.intents.open(a_wish(), NOW)

        closed = exchange(journal, intent, UNKNOWN)

        assert (closed.lease_owner, closed.lease_until) == (None, None)
        assert start(journal, intent).number == 2

    def test_a_lapsed_lease_is_taken_over(self, journal: Journal) -> None:
        intent, _ = journal.intents.open(a_wish(), NOW)
        start(journal, intent, lease=new_lease(seconds=-1))
        taker = new_lease()

        start(journal, intent, lease=taker)

        assert journal.intents.get(intent.id).lease_owner == taker.owner

    def test_a_dead_process_is_not_waited_for(self, journal: Journal, dead_pid: int) -> None:
        intent, _ = journal.intents.open(a_wish(), NOW)
        start(journal, intent, lease=Lease(f"{HERE}/{dead_pid}/a", SOON))

        assert start(journal, intent).number == 2

    def test_another_machine_is_waited_for(self, journal: Journal) -> None:
        intent, _ = journal.intents.open(a_wish(), NOW)
        start(journal, intent, lease=Lease("elsewhere.example/1/a", SOON))

        assert journal.intents.start_attempt(intent.id, intent.key, new_lease(), NOW) is Busy.LEASED
