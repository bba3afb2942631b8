"""Cards that customers paid with (reference, section 7.15)."""

from smarterpay.api.models.card import Card
from smarterpay.orchestration.operation import list_operation

list_cards = list_operation("card.list", Card)
