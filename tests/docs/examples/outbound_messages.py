"""Examples of outbound message operations, as the reference prints them."""

from smarterpay.api import CloudClient
from smarterpay.api.models.outbound_message import OutboundMessage


async def get_outbound_message(cloud: CloudClient, message: OutboundMessage) -> None:
    found = await cloud.outbound_messages.get(message.id)
    print(found.record_type, found.idempotency_key == message.idempotency_key)  # webhook True


async def list_outbound_messages(cloud: CloudClient, message: OutboundMessage) -> None:
    async for found in cloud.outbound_messages.list(record_type="webhook"):
        print(found.id == message.id)  # True


async def resend_outbound_message(cloud: CloudClient, message: OutboundMessage) -> None:
    again = await cloud.outbound_messages.resend(message.id)
    # The same message under the same key: a receiver that knows the key does nothing twice.
    print(again.status, again.idempotency_key == message.idempotency_key)  # pending True
