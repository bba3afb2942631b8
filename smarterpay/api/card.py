"""The Card Payment API's client; knows no retries and no wire."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

from smarterpay.api.client import ApiClient, Shape


class CardClient(ApiClient):
    """The SmarterPay Cloud Card Payment API, on its own host and with the same token.

    Its seven operations stand in the catalogue; none has models yet, so `prepare` raises
    `LookupError` for them. `exchange` sends a request prepared by hand.
    """

    api = "card"
    shapes: ClassVar[Mapping[str, Shape]] = MappingProxyType({})
