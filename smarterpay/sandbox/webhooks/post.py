"""One webhook over HTTP (section 9, "Delivery"); knows no record of it and no second try."""

import asyncio
import contextlib
import time
from dataclasses import dataclass

import httpx

from smarterpay.sandbox.records.messages import BASIC, Subscription
from smarterpay.sandbox.settings import (
    HUNG_RECEIVER_SECONDS,
    HUNG_RECEIVER_TIMEOUT,
    MAX_RECEIPT_BYTES,
    RECEIPT_PATIENCE,
)
from smarterpay.sandbox.webhooks.signature import HEADER, basic, sign


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a POST: status and phrase, or 0 and the class of the error."""

    status: int
    phrase: str
    error: str = ""

    @property
    def received(self) -> bool:
        """Any 2xx counts (section 9, "Receipt")."""
        return 200 <= self.status < 300

    @property
    def response_code(self) -> str:
        """Status and phrase as `200 OK`, empty where no answer came (section 7.14)."""
        return f"{self.status} {self.phrase}".strip() if self.status else ""


class Postman:
    """Posts to receivers over kept connections; redirects are answers like any other.

    While an advance waits for it, a receiver that let one POST hang for the whole timeout is
    given a second each for the next minute, so that an advance over hours of re-sends ends.
    """

    def __init__(self) -> None:
        self._http: httpx.AsyncClient | None = None
        self._hung: dict[str, float] = {}

    async def close(self) -> None:
        """Close the connections."""
        if self._http is not None:
            await self._http.aclose()
            self._http = None

    async def post(
        self, subscription: Subscription, body: bytes, seconds: float, *, waited_for: bool
    ) -> Outcome:
        """Post the body, authenticated as the subscription says; never raises for a failure.

        `seconds` is what the whole exchange may take by the wall clock; `waited_for` whether
        an advance waits for it.
        """
        patience = seconds
        if waited_for and time.monotonic() < self._hung.get(subscription.url, 0.0):
            patience = min(seconds, HUNG_RECEIVER_TIMEOUT)
        try:
            async with asyncio.timeout(patience):
                outcome = await self._send(subscription.url, _headers(subscription, body), body)
        except TimeoutError:
            self._hung[subscription.url] = time.monotonic() + HUNG_RECEIVER_SECONDS
            return Outcome(0, "", "Timeout")
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as failed:
            return Outcome(0, "", type(failed).__name__)
        self._hung.pop(subscription.url, None)
        return outcome

    async def _send(self, url: str, headers: dict[str, str], body: bytes) -> Outcome:
        if self._http is None:
            self._http = httpx.AsyncClient(timeout=None, trust_env=False)  # noqa: S113 - by caller
        async with self._http.stream("POST", url, content=body, headers=headers) as response:
            outcome = Outcome(response.status_code, response.reason_phrase)
            # The status has decided; the rest is read for the sake of the connection alone.
            with contextlib.suppress(httpx.HTTPError, TimeoutError):
                async with asyncio.timeout(RECEIPT_PATIENCE):
                    await _read_off(response)
            return outcome


async def _read_off(response: httpx.Response) -> None:
    """Read what is left of an answer; of an endless one a part, and the connection goes."""
    size = 0
    async for part in response.aiter_raw():
        size += len(part)
        if size > MAX_RECEIPT_BYTES:
            return


def _headers(subscription: Subscription, body: bytes) -> dict[str, str]:
    headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "SmarterPay"}
    if subscription.authorisation == BASIC:
        headers["Authorization"] = basic(subscription.user, subscription.secret)
    else:
        headers[HEADER] = sign(subscription.secret, body)
    return headers
