"""An example of the list of cards, as the reference prints it."""

from smarterpay.api import CloudClient
from smarterpay.api.models.customer_account import CustomerAccount
from smarterpay.api.models.transaction import Transaction


async def list_cards(cloud: CloudClient, customer: CustomerAccount, charge: Transaction) -> None:
    async for card in cloud.cards.list(customer_id=customer.id):
        print(card.card_number_ending, card.id == charge.card_id)  # 0006 True
