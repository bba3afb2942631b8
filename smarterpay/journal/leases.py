"""Says who may send for an intent right now; a courtesy between processes, not a guard.

The guard is the idempotency key, which is the same for all of them. The lease saves the second
call: while one process waits for the provider, the others wait for that process.
"""

import os
import socket
import time
from dataclasses import dataclass
from typing import Protocol
from uuid import uuid4

#: Longer than the client waits for an answer, so that a lease outlives the exchange it covers.
LEASE_SECONDS = 75.0


@dataclass(frozen=True, slots=True)
class Lease:
    """The right of `owner` to send, until the wall-clock second `until`."""

    owner: str
    until: float


class Leased(Protocol):
    """Anything that carries a lease."""

    @property
    def lease_owner(self) -> str | None: ...
    @property
    def lease_until(self) -> float | None: ...


def new_lease(seconds: float = LEASE_SECONDS) -> Lease:
    """A lease for this process, from now on; each exchange takes its own."""
    return Lease(owner=f"{_process()}/{uuid4()}", until=time.time() + seconds)


def is_free(held: Leased, lease: Lease | None) -> bool:
    """Whether nobody else holds it: never leased, lapsed, our own, or its process is gone."""
    if held.lease_owner is None or held.lease_until is None:
        return True
    if lease is not None and held.lease_owner == lease.owner:
        return True
    return held.lease_until <= time.time() or _process_is_gone(held.lease_owner)


def _process() -> str:
    # Never remembered: a forked child would keep its parent's number.
    return f"{socket.gethostname()}/{os.getpid()}"


def _process_is_gone(owner: str) -> bool:
    """True only for a process of this machine that no longer runs; a doubt counts as alive."""
    host, _, rest = owner.partition("/")
    pid = rest.partition("/")[0]
    if host != socket.gethostname() or not pid.isdecimal():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False
