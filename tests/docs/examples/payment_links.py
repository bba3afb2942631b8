"""Examples of payment link operations, as the reference prints them."""

from smarterpay.api import CloudClient
from smarterpay.api.models.customer_account import CustomerAccount
from smarterpay.api.models.payment_link import PaymentLink, PaymentLinkCreate, PaymentLinkUpdate


async def create_payment_link(cloud: CloudClient, customer: CustomerAccount) -> None:
    link = await cloud.payment_links.create(
        PaymentLinkCreate(
            ecommerce_page="EP02SANDBOXPAGE00001",
            customer_account=customer.id,
            return_url="https://shop.example/thanks",
            metadata="order 118",
        )
    )
    # `url` lets whoever has it pay: hand it to the customer and to nobody else.
    print(link.status, link.url is not None)  # active True


async def get_payment_link(cloud: CloudClient, link: PaymentLink) -> None:
    found = await cloud.payment_links.get(link.id)
    print(found.status, found.metadata)  # active order 118


async def update_payment_link(cloud: CloudClient, link: PaymentLink) -> None:
    cancelled = await cloud.payment_links.update(link.id, PaymentLinkUpdate(status="cancelled"))
    print(cancelled.status)  # cancelled


async def list_payment_links(cloud: CloudClient, link: PaymentLink) -> None:
    async for found in cloud.payment_links.list(status="active"):
        print(found.id == link.id)  # True
