"""Checks of bank details and of who owns them, as resources; knows no account record."""

from smarterpay.api.models.account_validation import AccountValidation, AccountValidationCreate
from smarterpay.api.models.bank_account_check import BankAccountCheck, BankAccountCheckCreate
from smarterpay.api.models.modulus_check import ModulusCheck, ModulusCheckCreate
from smarterpay.api.resources.verbs import Created, Read


class AccountValidations(
    Created[AccountValidationCreate, AccountValidation], Read[AccountValidation]
):
    """Open-banking ownership checks (section 7.3): started here, their result comes later."""

    name = "account_validation"
    record = AccountValidation


class BankAccountChecks(Created[BankAccountCheckCreate, BankAccountCheck], Read[BankAccountCheck]):
    """Confirmation of Payee (section 7.17): a name that does not match is no error."""

    name = "bank_account_check"
    record = BankAccountCheck


class ModulusChecks(Created[ModulusCheckCreate, ModulusCheck]):
    """Checks of a sort code and account number (section 7.4): an invalid pair is no error."""

    name = "modulus_check"
    record = ModulusCheck
