"""Whether a form came from our own page and not from a page elsewhere; knows no form."""

import ipaddress
from urllib.parse import urlsplit

from smarterpay.sandbox.http.protocol import Arrival


def why_foreign(arrival: Arrival) -> str | None:
    """Why a POST of a form is not taken, None where it came from this page.

    The sandbox asks for no token and listens on loopback, so any page in the tester's browser
    could post to it. Browsers say where a form stands (`Origin`, `Sec-Fetch-Site`). A name with
    dots as `Host` could be one that somebody else has pointed at this machine, under which a
    foreign page is of the same origin; an address, `localhost` or a plain name cannot.
    """
    host = arrival.header(b"host") or ""
    if not _is_ours(host):
        return f"open this page by its address; the name {_printable(host)} could be anybody's"
    origin = arrival.header(b"origin")
    if origin is not None and origin.lower() != f"{arrival.scheme}://{host}".lower():
        return "this form was sent by another site"
    if arrival.header(b"sec-fetch-site") not in {None, "same-origin", "none"}:
        return "this form was sent by another site"
    return None


def why_foreign_call(arrival: Arrival) -> str | None:
    """Why a control call is not taken, None where no page elsewhere made it.

    Programs send neither `Origin` nor `Sec-Fetch-Site`, and may use any name for this machine.
    What changes nothing is taken from anyone: the answer is no page's to read but our own's.
    """
    by_browser = {b"origin", b"sec-fetch-site"} & arrival.headers.keys()
    if arrival.method in {"GET", "HEAD"} or not by_browser:
        return None
    return why_foreign(arrival)


def _is_ours(host: str) -> bool:
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    if "." not in name and ":" not in name:
        return bool(name)
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return name.endswith(".localhost")
    return True


def _printable(host: str) -> str:
    return "".join(sign if sign.isalnum() or sign in ".-:" else "?" for sign in host[:80])
