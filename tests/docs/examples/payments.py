"""Examples of payment operations, as the reference prints them."""

from datetime import date

from smarterpay.api import CloudClient
from smarterpay.api.models.mandate import Mandate
from smarterpay.api.models.payment import (
    Payment,
    PaymentBulkCreate,
    PaymentCreate,
    PaymentRepresent,
    PaymentUpdate,
)


async def create_payment(cloud: CloudClient, mandate: Mandate) -> None:
    payment = await cloud.payments.create(
        PaymentCreate(
            auddis=mandate.auddis,
            amount=2500,  # pence
            collection_date=date(2026, 6, 6),  # a Saturday: moved to the next banking day
            description="Box of June",
            custom_reference="INV-2026-118",
        )
    )
    print(payment.status, payment.collection_date)  # pending_submission 2026-06-08


async def bulk_create_payments(cloud: CloudClient, mandate: Mandate) -> None:
    rows = tuple(
        PaymentCreate(
            mandate=mandate.id,
            amount=amount,
            collection_date=date(2026, 6, 10),
            description="Box of June",
            custom_reference=reference,
        )
        for reference, amount in (("INV-2026-119", 2500), ("INV-2026-120", 1750))
    )
    # One call, one key, up to 500 rows; each row is judged on its own.
    request = await cloud.payments.bulk_create(PaymentBulkCreate(rows=rows))
    print(request.status, request.total_count)  # pending 2


async def get_payment(cloud: CloudClient, payment: Payment) -> None:
    found = await cloud.payments.get(payment.id)
    print(found.amount, found.payment_type)  # 2500 first_collection


async def update_payment(cloud: CloudClient, payment: Payment) -> None:
    cancelled = await cloud.payments.update(payment.id, PaymentUpdate(status="cancelled"))
    print(cancelled.status, cancelled.amount)  # cancelled 2500


async def list_payments(cloud: CloudClient, payment: Payment) -> None:
    async for found in cloud.payments.list(custom_reference="INV-2026-118"):
        print(found.id == payment.id)  # True


async def represent_payment(cloud: CloudClient, failed_payment: Payment) -> None:
    again = await cloud.payments.represent(
        failed_payment.id,
        PaymentRepresent(
            auddis=failed_payment.auddis or "",
            amount=failed_payment.amount or 0,
            collection_date=date(2026, 6, 24),
            description="Box of June",
            custom_reference="INV-2026-118-2",
        ),
    )
    print(again.payment_type, again.related_payment == failed_payment.id)  # represent True
