"""Bulk requests as a resource, and waiting for their end; knows no row's contents."""

from typing import Final

from smarterpay.api.errors import BulkUnfinished
from smarterpay.api.models.api_request import ApiRequest
from smarterpay.api.resources.verbs import Read
from smarterpay.api.retry import polling_pause

FOLLOW_SECONDS: Final = 900.0
"""How long `follow` waits at most unless told otherwise: 500 rows take seconds, a queue may not."""


class ApiRequests(Read[ApiRequest]):
    """Bulk requests (section 7.9): read one, or wait until all its rows have been judged."""

    name = "api_request"
    record = ApiRequest

    async def follow(self, api_request_id: str, /, *, limit: float = FOLLOW_SECONDS) -> ApiRequest:
        """Read the request again and again until it is `completed`, and return it then.

        Pauses grow from 1 second, doubling up to 30, with jitter; no read starts later than
        `limit` seconds after the first. Raises `BulkUnfinished`, which carries the last
        `ApiRequest`, when the limit passes: the rows go on being judged, so follow it again.
        """
        started = self._client.elapsed()
        reads = 0
        while True:
            found = await self.get(api_request_id)
            reads += 1
            if found.is_completed:
                return found
            pause = polling_pause(reads, self._client.random)
            if self._client.elapsed() - started + pause > limit:
                raise BulkUnfinished("api_request.get", limit, found)
            await self._client.sleep(pause)
