"""All resources the sandbox offers; the next one is added to this list and nowhere else."""

from smarterpay.sandbox.http.resource import Resource
from smarterpay.sandbox.resources import (
    account_validations,
    api_requests,
    bank_account_checks,
    bank_accounts,
    cards,
    client_bank_accounts,
    customer_accounts,
    ecommerce_brandings,
    ecommerce_page_setups,
    mandates,
    modulus_checks,
    outbound_messages,
    payment_links,
    payments,
    recurrence_schedules,
    service_user_numbers,
    submission_lines,
    submissions,
)
from smarterpay.sandbox.resources.credits import RESOURCE as CREDITS

RESOURCES: tuple[Resource, ...] = (
    customer_accounts.RESOURCE,
    bank_accounts.RESOURCE,
    account_validations.RESOURCE,
    modulus_checks.RESOURCE,
    bank_account_checks.RESOURCE,
    mandates.RESOURCE,
    recurrence_schedules.RESOURCE,
    payments.RESOURCE,
    CREDITS,
    api_requests.RESOURCE,
    cards.RESOURCE,
    payment_links.RESOURCE,
    ecommerce_page_setups.RESOURCE,
    ecommerce_brandings.RESOURCE,
    outbound_messages.RESOURCE,
    client_bank_accounts.RESOURCE,
    submissions.RESOURCE,
    submission_lines.RESOURCE,
    service_user_numbers.RESOURCE,
)
