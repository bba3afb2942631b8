"""Mandates and what is collected on them, as resources; knows no credit and no card."""

from smarterpay.api.client import AUTO_KEY, IdempotencyKey
from smarterpay.api.models.mandate import Mandate, MandateCreate, MandateUpdate
from smarterpay.api.models.payment import (
    Payment,
    PaymentBulkCreate,
    PaymentCreate,
    PaymentRepresent,
    PaymentUpdate,
)
from smarterpay.api.models.recurrence_schedule import (
    RecurrenceSchedule,
    RecurrenceScheduleCreate,
    RecurrenceScheduleUpdate,
)
from smarterpay.api.resources.verbs import (
    BulkCreated,
    CodedListed,
    Created,
    Disabled,
    Listed,
    Read,
    Updated,
)


class Mandates(
    Created[MandateCreate, Mandate],
    Read[Mandate],
    Updated[MandateUpdate, Mandate],
    CodedListed[Mandate],
):
    """Direct Debit mandates (section 7.5).

    Cancelling one by an update cancels its pending payments and its schedules too.
    """

    name = "mandate"
    record = Mandate


class Payments(
    Created[PaymentCreate, Payment],
    BulkCreated[PaymentBulkCreate],
    Read[Payment],
    Updated[PaymentUpdate, Payment],
    CodedListed[Payment],
):
    """Collections on a mandate (section 7.7); card payments are listed here too.

    The stored collection date may be a later one than was asked for. A payment on a cancelled
    mandate is no refusal: it comes back `cancelled` with amount 0.
    """

    name = "payment"
    record = Payment

    async def represent(
        self,
        payment_id: str,
        request: PaymentRepresent,
        /,
        *,
        idempotency_key: IdempotencyKey = AUTO_KEY,
    ) -> Payment:
        """Present a failed payment again; returns the new payment (section 7.8)."""
        return await self._call(
            "represent",
            self.record,
            request,
            record_id=payment_id,
            idempotency_key=idempotency_key,
        )


class RecurrenceSchedules(
    Created[RecurrenceScheduleCreate, RecurrenceSchedule],
    Read[RecurrenceSchedule],
    Updated[RecurrenceScheduleUpdate, RecurrenceSchedule],
    Disabled[RecurrenceSchedule],
    Listed[RecurrenceSchedule],
):
    """Schedules that collect regularly or in instalments (section 7.11)."""

    name = "recurrence_schedule"
    record = RecurrenceSchedule
