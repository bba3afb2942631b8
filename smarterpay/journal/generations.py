"""Makes the rows in which an intent's generations stand: key, digest, bytes; decides nothing."""

from datetime import datetime
from uuid import UUID, uuid4

from smarterpay.journal.decision import State
from smarterpay.journal.encryption import Cipher
from smarterpay.journal.intent import AnothersIntent, Intent, Wish
from smarterpay.journal.keys import derive_key


class Generations:
    """The generations of one merchant's intents in one environment."""

    def __init__(self, cipher: Cipher, namespace: UUID) -> None:
        self._cipher = cipher
        self._namespace = namespace

    def new_row(self, wish: Wish, now: datetime) -> dict[str, object]:
        """The row of an intent nobody has opened yet."""
        return {
            "id": str(uuid4()),
            "operation": wish.operation,
            "reference": wish.reference,
            "opened_at": now,
            **self.values(wish, 0),
        }

    def values(self, wish: Wish, generation: int) -> dict[str, object]:
        """Everything that begins afresh with a generation."""
        return {
            "generation": generation,
            "key": derive_key(self._namespace, wish.operation, wish.reference, generation),
            "state": State.OPENED,
            "method": wish.method,
            "path": wish.path,
            "request_sha256": wish.digest,
            "request_body": self._cipher.encrypt(wish.body),
            "first_sent_at": None,
            "last_sent_at": None,
            "settled_at": None,
            "look_up": False,
            "status": None,
            "replayed": None,
            "record_id": None,
            "record_status": None,
            "answer": None,
            "reason": None,
            "lease_owner": None,
            "lease_until": None,
        }

    def refuse_anothers(self, intent: Intent) -> None:
        """Raise `AnothersIntent` for one of another environment or merchant.

        Keys are derived from both, so a key tells whose it is.
        """
        generation, operation = intent.generation, intent.operation
        if intent.key != derive_key(self._namespace, operation, intent.reference, generation):
            raise AnothersIntent(intent)
