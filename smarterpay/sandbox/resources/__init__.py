"""All resources the sandbox offers; the next one is added to this list and nowhere else."""

from smarterpay.sandbox.resource import Resource
from smarterpay.sandbox.resources import (
    account_validations,
    bank_account_checks,
    bank_accounts,
    client_bank_accounts,
    customer_accounts,
    mandates,
    modulus_checks,
    recurrence_schedules,
    service_user_numbers,
)

RESOURCES: tuple[Resource, ...] = (
    customer_accounts.RESOURCE,
    bank_accounts.RESOURCE,
    account_validations.RESOURCE,
    modulus_checks.RESOURCE,
    bank_account_checks.RESOURCE,
    mandates.RESOURCE,
    recurrence_schedules.RESOURCE,
    client_bank_accounts.RESOURCE,
    service_user_numbers.RESOURCE,
)
