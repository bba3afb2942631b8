"""How far a bulk create is (reference, section 7.9)."""

from smarterpay.api.models.api_request import ApiRequest
from smarterpay.orchestration.operation import read_operation

get_api_request = read_operation("api_request.get", ApiRequest)
