"""Service user numbers, SUN for short (reference, section 7.6)."""

from smarterpay.api.models.service_user_number import ServiceUserNumber
from smarterpay.orchestration.operation import list_operation, read_operation

get_service_user_number = read_operation("service_user_number.get", ServiceUserNumber)
list_service_user_numbers = list_operation("service_user_number.list", ServiceUserNumber)
