"""Direct Debit mandates (reference, section 7.5)."""

from smarterpay.api.models.mandate import Mandate
from smarterpay.orchestration.operation import list_operation, operation, read_operation

create_mandate = operation("mandate.create", Mandate)
get_mandate = read_operation("mandate.get", Mandate)
update_mandate = operation("mandate.update", Mandate)
list_mandates = list_operation("mandate.list", Mandate)
