"""Bacs credits as a resource; knows no collection."""

from smarterpay.api.models.credit import Credit, CreditBulkCreate, CreditCreate, CreditUpdate
from smarterpay.api.resources.verbs import BulkCreated, CodedListed, Created, Read, Updated


class Credits(
    Created[CreditCreate, Credit],
    BulkCreated[CreditBulkCreate],
    Read[Credit],
    Updated[CreditUpdate, Credit],
    CodedListed[Credit],
):
    """Bacs credits (section 7.10); the list finds a credit's `reference` by `custom_reference`."""

    name = "credit"
    record = Credit
