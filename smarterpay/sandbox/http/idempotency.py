"""What is remembered under idempotency keys (reference, section 2); knows no operation."""

import hashlib
from collections import deque
from dataclasses import dataclass
from datetime import datetime

from smarterpay.sandbox.books.books import Table
from smarterpay.sandbox.http.answers import Answer
from smarterpay.sandbox.records.accounts import StoredAnswer
from smarterpay.sandbox.settings import KEY_RETENTION, MAX_KEY_LENGTH

IN_PROGRESS = (
    "A request with the same Idempotency-Key for the same operation is being processed or is "
    "outstanding"
)
REUSED = "Idempotency keys cannot be reused"
BAD_KEY = f"Idempotency-Key must have 1 to {MAX_KEY_LENGTH} characters"


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What makes two requests identical: method, normalised path, query and body bytes."""

    method: str
    path: str
    query: str
    body_sha256: str

    @classmethod
    def of(cls, method: str, path: str, query: str, body: bytes) -> "Fingerprint":
        """The fingerprint of a request; `path` is normalised."""
        return cls(method, path, query, hashlib.sha256(body).hexdigest())


class KeyRing:
    """Keys with their first answers, and the keys whose first request still runs.

    One namespace for all API keys of the client and for both hosts (section 2).
    """

    def __init__(self, table: Table[StoredAnswer]) -> None:
        self._table = table
        self._running: set[str] = set()
        self._by_age: deque[tuple[datetime, str]] = deque()
        self.reload()

    def reload(self) -> None:
        """Start from the answers that now stand in the books; none of them is running."""
        self._running = set()
        self._by_age = deque(
            sorted((datetime.fromisoformat(kept.created_at), kept.id) for kept in self._table)
        )

    def is_running(self, key: str) -> bool:
        """Whether the key's first request is still being processed."""
        return key in self._running

    def begin(self, key: str) -> None:
        """Mark the key's first request as being processed."""
        self._running.add(key)

    def end(self, key: str) -> None:
        """The key's request is over, answered or lost."""
        self._running.discard(key)

    def find(self, key: str, now: datetime) -> StoredAnswer | None:
        """What is remembered under the key; at 24 h it is forgotten (section 2)."""
        self._forget_old(now)
        return self._table.get(key)

    def keep(self, key: str, request: Fingerprint, answer: Answer, first_at: datetime) -> None:
        """Remember the answer of the work; `first_at` is when its request came in."""
        self._table.put(
            StoredAnswer(
                id=key,
                created_at=first_at.isoformat(),
                method=request.method,
                path=request.path,
                query=request.query,
                body_sha256=request.body_sha256,
                status=answer.status,
                answer=answer.body.decode(),
            )
        )
        self._by_age.append((first_at, key))

    def _forget_old(self, now: datetime) -> None:
        while self._by_age and now - self._by_age[0][0] >= KEY_RETENTION:
            _, key = self._by_age.popleft()
            kept = self._table.get(key)
            if kept is not None and now - datetime.fromisoformat(kept.created_at) >= KEY_RETENTION:
                self._table.drop(key)


def same_request(kept: StoredAnswer, request: Fingerprint) -> bool:
    """Whether a request is identical to the one whose answer is kept."""
    return request == Fingerprint(kept.method, kept.path, kept.query, kept.body_sha256)


def replay(kept: StoredAnswer) -> Answer:
    """The first answer again, marked as a replay."""
    return Answer(kept.status, kept.answer.encode(), replayed=True)
