"""One life of a sandbox: every call made and every answer got, so that it can be lived again."""

from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.sandbox_process import SandboxProcess, plain_tls

SEED = 11
WALL_TIME = ("rate_windows", "per_second")


@dataclass(frozen=True)
class Step:
    """A call as it was made: to the Cloud API, the card API or the control calls."""

    method: str
    path: str
    body: Any = None
    key: str | None = None


@dataclass
class Life:
    """A sandbox from its reset on, and the calls made to it."""

    sandbox: SandboxProcess
    steps: list[Step] = field(default_factory=list)
    answers: list[tuple[int, bytes]] = field(default_factory=list)
    faults: int = 0

    def __post_init__(self) -> None:
        self.sandbox.reset(SEED)
        self.http = httpx.Client(
            base_url=self.sandbox.base_url,
            headers={"Authorization": f"Bearer {self.sandbox.token}", "Host": "sandbox.test"},
            timeout=60,
            verify=plain_tls(),
            trust_env=False,
        )

    def close(self) -> None:
        """Close the connections."""
        self.http.close()

    def cloud(self, method: str, path: str, body: Any = None, key: str | None = None) -> Any:
        """A call below the Cloud base; the JSON of a 2xx, None for anything else."""
        return self.take(Step(method, f"/service.svc/{path}", body, key))

    def card(self, path: str, body: Any, key: str | None = None) -> Any:
        """A call below the card base."""
        base = "/SmarterPayCardPaymentService/api/transaction"
        return self.take(Step("POST", base + path, body, key))

    def control(self, path: str, body: Any) -> Any:
        """A control call that changes something."""
        return self.take(Step("POST", f"/_sandbox/{path}", body))

    def take(self, step: Step) -> Any:
        """Make a call, and keep it with its answer; a broken connection is status 0."""
        self.steps.append(step)
        headers = {} if step.key is None else {"Idempotency-Key": step.key}
        try:
            answer = self.http.request(step.method, step.path, json=step.body, headers=headers)
        except httpx.TransportError:
            self.answers.append((0, b""))
            return None
        self.answers.append((answer.status_code, answer.content))
        if not 200 <= answer.status_code < 300 or not answer.content.startswith(b"{"):
            return None
        return answer.json()

    def records(self) -> dict[str, dict[str, dict[str, Any]]]:
        """Every record by kind and id, as the books have it; no step of the life."""
        books = self.sandbox.books(records=True)["records"]
        return {kind: {record["id"]: record for record in rows} for kind, rows in books.items()}

    def lived_again(self) -> "Life":
        """The same calls on the same sandbox made new, in the same order."""
        again = Life(self.sandbox)
        for step in self.steps:
            again.take(step)
        return again
