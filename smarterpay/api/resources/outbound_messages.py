"""Messages the platform sent, as a resource; knows nothing of what they told."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Literal, Unpack

from smarterpay.api.client import AUTO_KEY, IdempotencyKey
from smarterpay.api.models.outbound_message import OutboundMessage, OutboundMessageListQuery
from smarterpay.api.resources.verbs import Filters, Read


class OutboundMessageFilters(Filters, total=False):
    """As every list, also by time of sending, kind and subscription (section 7.14)."""

    sent_from: datetime | None
    sent_to: datetime | None
    record_type: Literal["webhook", "email"] | None
    subscription_id: str | None


class OutboundMessages(Read[OutboundMessage]):
    """Webhooks and e-mails the platform sent (section 7.14)."""

    name = "outbound_message"
    record = OutboundMessage

    def list(self, **filters: Unpack[OutboundMessageFilters]) -> AsyncIterator[OutboundMessage]:
        """As every list, also by `sent_from`, `sent_to`, `record_type` and `subscription_id`.

        Sorts by `id`, `sun` or `created_at`.
        """
        return self._listed(self.record, OutboundMessageListQuery, **filters)

    async def resend(
        self, message_id: str, /, *, idempotency_key: IdempotencyKey = AUTO_KEY
    ) -> OutboundMessage:
        """Have a message sent again, with its own id and key; it comes back `pending`."""
        return await self._call(
            "resend", self.record, record_id=message_id, idempotency_key=idempotency_key
        )
