"""Service user numbers (reference, section 7.6); read only, knows no bank account."""

from typing import Any

from smarterpay.sandbox.http.answers import Answer, success
from smarterpay.sandbox.http.lists import Listing
from smarterpay.sandbox.http.resource import FLAG, TEXT, Call, Resource, Route
from smarterpay.sandbox.platform import Platform
from smarterpay.sandbox.records.accounts import ServiceUserNumber

ENVELOPE = "Service_User_Number"
SECTION = "7.6"
ANSWER = {"SUN": TEXT, "Sun_Friendly_Name": TEXT, "Default_Sun": FLAG, "active": FLAG}


def get(platform: Platform, call: Call) -> Answer:
    """The service user number as it stands."""
    return success(ENVELOPE, present(platform, call.record))


def present(_: Platform, record: ServiceUserNumber) -> dict[str, Any]:
    """The service user number as the wire has it: without an id."""
    return {
        "SUN": record.sun,
        "Sun_Friendly_Name": record.friendly_name,
        "Default_Sun": record.default_sun,
        "active": record.active,
    }


def find(platform: Platform, record_id: str) -> ServiceUserNumber | None:
    """The service user number by the SUN itself or by its `SN01` id."""
    table = platform.books.service_user_numbers
    by_sun = table.having("sun", record_id)
    return by_sun[0] if by_sun else table.get(record_id.upper())


def default(platform: Platform) -> ServiceUserNumber:
    """The client's default service user number."""
    return next(sun for sun in platform.books.service_user_numbers if sun.default_sun)


def name_of(platform: Platform, sun: str) -> str:
    """The friendly name of a SUN."""
    record = find(platform, sun)
    return record.friendly_name if record else ""


LISTING = Listing(
    envelope=ENVELOPE,
    table=lambda books: books.service_user_numbers,
    present=present,
    sort_fields=("created_at", "id", "sun"),
    find=find,
    status=lambda record: "active" if record.active else "inactive",
)

RESOURCE = Resource(
    service="Service user number",
    routes=(
        Route(
            "service_user_number.get",
            "GET",
            "/serviceusernumber/{id}",
            get,
            SECTION,
            "Read a service user number, by SUN or id",
            ENVELOPE,
            ANSWER,
            locate=find,
        ),
        Route(
            "service_user_number.list",
            "GET",
            "/serviceusernumber",
            LISTING.work,
            SECTION,
            "List service user numbers",
            LISTING.envelope,
            ANSWER,
            listing=True,
            sort_fields=LISTING.sort_fields,
        ),
    ),
)
