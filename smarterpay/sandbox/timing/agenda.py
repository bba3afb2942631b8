"""Background work in order of time; knows when a job is due, not what it does."""

import asyncio
import heapq
from collections.abc import Awaitable, Callable
from datetime import datetime

from smarterpay.sandbox.books.books import Books
from smarterpay.sandbox.records.accounts import Job
from smarterpay.sandbox.timing.clock import SimulatedClock


class Agenda:
    """Jobs that wait for their instant (reference, section 12, "Advancing").

    Jobs live in the books, so they survive as records do; this keeps their order.
    """

    def __init__(self, books: Books, clock: SimulatedClock) -> None:
        self._books = books
        self._clock = clock
        self._order: list[tuple[datetime, int, str]] = []
        self._count = 0
        self._working = False

    def reload(self) -> None:
        """Take the order from the jobs that now stand in the books."""
        self._order = [
            (datetime.fromisoformat(job.due), job.number, job.id) for job in self._books.jobs
        ]
        heapq.heapify(self._order)
        self._count = max((number for _, number, _ in self._order), default=0)
        self._clock.hold(self.next_due())

    def plan(self, due: datetime, task: str, subject: str = "") -> None:
        """Have `task` done for `subject` at `due` (aware), after all planned before for then."""
        self._count += 1
        job = Job(
            id=f"JOB{self._count:012d}",
            created_at=self._clock.stamp(),
            due=due.isoformat(),
            task=task,
            subject=subject,
            number=self._count,
        )
        self._books.jobs.put(job)
        heapq.heappush(self._order, (due, self._count, job.id))
        if not self._working:
            self._hold(self.next_due())

    def next_due(self) -> datetime | None:
        """When the next job is due, or None."""
        return self._order[0][0] if self._order else None

    def upcoming(self, most: int) -> list[tuple[datetime, Job]]:
        """The next jobs in their order, at most `most`, each with its instant."""
        ahead = heapq.nsmallest(most, self._order)
        found = ((due, self._books.jobs.get(job_id)) for due, _, job_id in ahead)
        return [(due, job) for due, job in found if job is not None]

    async def run_until(
        self, instant: datetime, perform: Callable[[str, str], Awaitable[None]]
    ) -> int:
        """Do all jobs due by `instant`, one at a time, each with the clock at its own instant.

        `perform` takes task and subject. Returns how many were done; jobs that those plan
        are done too where they are due by then.
        """
        done = 0
        while self._order and self._order[0][0] <= instant:
            due, _, job_id = heapq.heappop(self._order)
            job = self._books.jobs.get(job_id)
            if job is None:
                self._hold(self.next_due())
                continue
            self._clock.move_to(due)
            await self._do(due, job, perform)
            done += 1
            if self._clock.mode != "frozen":
                await asyncio.sleep(0)  # what runs beside a running clock has its turn
        return done

    async def _do(
        self, due: datetime, job: Job, perform: Callable[[str, str], Awaitable[None]]
    ) -> None:
        """Do one job, which stays in the books until it is done: one cut short is not lost."""
        self._working = True
        self._hold(due)
        try:
            await perform(job.task, job.subject)
        except asyncio.CancelledError:
            heapq.heappush(self._order, (due, job.number, job.id))
            raise
        except BaseException:
            self._books.jobs.drop(job.id)
            raise
        else:
            self._books.jobs.drop(job.id)
        finally:
            self._working = False
            self._hold(self.next_due())

    def _hold(self, instant: datetime | None) -> None:
        """Let time go no further than `instant`, nor back where a job is planned for the past."""
        self._clock.hold(None if instant is None else max(instant, self._clock.now()))
