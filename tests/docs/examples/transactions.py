"""Examples of card payments, as the reference prints them."""

from smarterpay.api import CardClient, CloudClient
from smarterpay.api.models.customer_account import CustomerAccount
from smarterpay.api.models.transaction import (
    Transaction,
    TransactionCancelDeferred,
    TransactionRefund,
    TransactionRegister,
    TransactionReleaseAuthorised,
    TransactionReleaseDeferred,
    TransactionRepeat,
    TransactionVoid,
)


async def register_transaction(card_host: CardClient, customer: CustomerAccount) -> None:
    registered = await card_host.transactions.register(
        TransactionRegister(
            payment_type="Ecommerce",
            payment_gateway_profile_id="PG01SANDBOXOPAYO0001",
            customer_id=customer.id,
            amount=2500,  # smallest unit of the currency
            currency_code="GBP",
            custom_reference="ORDER-118",
        )
    )
    # Nothing is charged until the browser step is complete: hand `session_token` to it.
    print(registered.status, registered.session_token is not None)  # pending True


async def refund_transaction(card_host: CardClient, cleared_charge: Transaction) -> None:
    refund = await card_host.transactions.refund(
        cleared_charge.card_id or "",
        TransactionRefund(amount=1000, custom_reference="ORDER-118-R"),
    )
    print(refund.status, refund.payment_type)  # successful Refund


async def void_transaction(card_host: CardClient, cloud: CloudClient, charge: Transaction) -> None:
    voided = await card_host.transactions.void(charge.card_id or "", TransactionVoid())
    undone = await cloud.payments.get(charge.id)
    print(voided.status, undone.status)  # successful cancelled


async def repeat_transaction(card_host: CardClient, charge: Transaction) -> None:
    repeated = await card_host.transactions.repeat(
        charge.card_id or "", TransactionRepeat(amount=3000, custom_reference="ORDER-119")
    )
    print(repeated.status, repeated.amount)  # successful 3000


async def release_deferred_transaction(card_host: CardClient, reserved: Transaction) -> None:
    taken = await card_host.transactions.release_deferred(
        reserved.card_id or "", TransactionReleaseDeferred(amount=2000)
    )
    print(taken.status, taken.amount)  # successful 2000


async def cancel_deferred_transaction(
    card_host: CardClient, cloud: CloudClient, reserved: Transaction
) -> None:
    let_go = await card_host.transactions.cancel_deferred(
        reserved.card_id or "", TransactionCancelDeferred()
    )
    undone = await cloud.payments.get(reserved.id)
    print(let_go.status, undone.status)  # successful cancelled


async def release_authorised_transaction(card_host: CardClient, authenticated: Transaction) -> None:
    taken = await card_host.transactions.release_authorised(
        authenticated.card_id or "", TransactionReleaseAuthorised(amount=2500)
    )
    print(taken.status, taken.amount)  # successful 2500
