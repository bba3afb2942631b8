"""An example of following a bulk call, as the reference prints it."""

from smarterpay.api import CloudClient
from smarterpay.api.models.api_request import ApiRequest


async def get_api_request(cloud: CloudClient, bulk_request: ApiRequest) -> None:
    # `cloud.api_requests.follow(id)` asks again, with growing pauses, until every row is judged.
    found = await cloud.api_requests.get(bulk_request.id)
    print(found.status, found.success_count, found.failed_count)  # completed 2 1
    print(*(row.status for row in found.records or ()))  # created created failed
