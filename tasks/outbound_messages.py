"""Webhooks and e-mails the platform sent (reference, section 7.14)."""

from smarterpay.api.models.outbound_message import OutboundMessage
from smarterpay.orchestration.operation import list_operation, operation, read_operation

get_outbound_message = read_operation("outbound_message.get", OutboundMessage)
list_outbound_messages = list_operation("outbound_message.list", OutboundMessage)
resend_outbound_message = operation("outbound_message.resend", OutboundMessage)
