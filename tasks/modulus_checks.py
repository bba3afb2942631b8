"""Modulus checks of sort code and account number (reference, section 7.4)."""

from smarterpay.api.models.modulus_check import ModulusCheck
from smarterpay.orchestration.operation import operation

create_modulus_check = operation("modulus_check.create", ModulusCheck)
