"""The control call about access tokens; knows neither grant nor client."""

from smarterpay.sandbox.control.call import Body, ControlCall, Order
from smarterpay.sandbox.http.oauth import revoke_all


def revoke(order: Order) -> Body:
    """Make every access token invalid, as if the portal had withdrawn them."""
    order.knows()
    return {"revoked": revoke_all(order.platform)}


OAUTH_CALLS = (
    ControlCall(
        "POST", "oauth/revoke", revoke, "Make every OAuth access token invalid: 498 from now on."
    ),
)
