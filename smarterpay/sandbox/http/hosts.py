"""The two hosts and how each says no; knows no order of checks."""

from dataclasses import dataclass

from smarterpay.sandbox.http.answers import Answer, FieldFault, card_error, error
from smarterpay.sandbox.settings import (
    CARD_BASE,
    CARD_INVALID_FIELD,
    CARD_INVALID_GATEWAY,
    CARD_INVALID_PLATFORM,
    CARD_UNAUTHORISED,
    CLOUD_BASE,
    INVALID_TOKEN_STATUS,
)

_CARD_CODES = {
    "platform": CARD_INVALID_PLATFORM,
    "payment_gateway_profile_id": CARD_INVALID_GATEWAY,
}
"""The fields whose fault has a code of its own (section 8, "`error` codes")."""


@dataclass(frozen=True, slots=True)
class Host:
    """One of the provider's hosts, here told apart by the start of the path."""

    name: str
    base: str

    def invalid_token(self, message: str) -> Answer:
        """The 498 of this host (sections 1 and 8)."""
        if self is CARD:
            return card_error(INVALID_TOKEN_STATUS, *CARD_UNAUTHORISED)
        return error(INVALID_TOKEN_STATUS, message)

    def bad_request(
        self, status: int, message: str, details: tuple[FieldFault, ...] = ()
    ) -> Answer:
        """An input error: flat on the card host (section 8), else as in section 4."""
        if self is CARD and status == 400:
            for fault in details:
                if fault.field in _CARD_CODES:
                    return card_error(400, *_CARD_CODES[fault.field])
            told = "; ".join(f"{fault.field} {fault.message}" for fault in details)
            return card_error(400, CARD_INVALID_FIELD, told or message)
        return error(status, message, details)


CLOUD = Host("cloud", CLOUD_BASE.lower())
CARD = Host("card", CARD_BASE.lower())


def host_of(path: str) -> tuple[Host, str | None]:
    """The host a normalised path belongs to, and the path below its base.

    None as the second where the path is below no base; such a call is judged as a Cloud call.
    """
    for host in (CLOUD, CARD):
        if path == host.base or path.startswith(host.base + "/"):
            return host, path[len(host.base) :]
    return CLOUD, None
