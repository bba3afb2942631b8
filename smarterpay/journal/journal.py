"""The journal as the rest of the program sees it: one object that holds every repository.

It is the authority on what was asked of the provider and what came of it.
"""

from datetime import timedelta
from types import TracebackType
from typing import Self

from smarterpay.clock import Clock, clock_from
from smarterpay.journal.amendments import Amendments
from smarterpay.journal.approvals import Approvals
from smarterpay.journal.audit import AuditTrail
from smarterpay.journal.batches import Batches
from smarterpay.journal.bulk import Bulks
from smarterpay.journal.database import Database
from smarterpay.journal.encryption import Cipher, cipher_from
from smarterpay.journal.generations import Generations
from smarterpay.journal.intents import Intents
from smarterpay.journal.journeys import Journeys
from smarterpay.journal.keys import merchant_namespace
from smarterpay.journal.ledger import Ledger
from smarterpay.journal.migrate import migrate
from smarterpay.journal.presentations import Presentations
from smarterpay.journal.refunds import Refunds
from smarterpay.journal.results import TaskResults
from smarterpay.journal.sync_marks import SyncMarks
from smarterpay.settings import Settings


class Journal:
    """Open with `Journal.open(settings)`, which brings the schema up to date first."""

    def __init__(
        self, database: Database, cipher: Cipher, clock: Clock, settings: Settings
    ) -> None:
        namespace = merchant_namespace(settings.environment, settings.merchant)
        generations = Generations(cipher, namespace)
        self.database = database
        self.clock = clock
        self.audit = AuditTrail(database)
        self.intents = Intents(database, cipher, generations, self.audit)
        self.bulks = Bulks(database, cipher, generations)
        self.batches = Batches(database, cipher)
        self.results = TaskResults(database)
        self.journeys = Journeys(database, cipher)
        self.ledger = Ledger(database)
        self.sync_marks = SyncMarks(database)
        self.presentations = Presentations(database, self.batches)
        self.refunds = Refunds(database)
        self.approvals = Approvals(
            database, self.audit, valid_for=timedelta(hours=settings.approval_hours)
        )
        self.amendments = Amendments(database)

    @classmethod
    def open(cls, settings: Settings, *, clock: Clock | None = None) -> Self:
        """Connect, migrate, and hand out the repositories.

        Raises `sqlalchemy.exc.OperationalError` when the database is out of reach: without a
        journal nothing may be sent.
        """
        keys = settings.encryption_keys
        cipher = cipher_from(keys.get_secret_value() if keys else None, settings.home)
        database = Database(settings.journal)
        try:
            migrate(database)
        except BaseException:
            database.close()
            raise
        return cls(database, cipher, clock or clock_from(settings.clock_url), settings)

    def close(self) -> None:
        """Close every connection."""
        self.database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
