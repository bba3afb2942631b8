"""Ecommerce brandings, V2 (reference, section 7.16); read only, knows no page."""

from typing import Any

import orjson

from smarterpay.sandbox.http.answers import Answer, success
from smarterpay.sandbox.http.resource import TEXT, Call, Resource, Route
from smarterpay.sandbox.platform import Platform
from smarterpay.sandbox.records.links import EcommerceBranding

ENVELOPE = "branding"
SECTION = "7.16"
TEMPLATES = tuple(
    group + name
    for group in ("", "B2B_", "B2C_", "Gift_Aid_")
    for name in ("Default", "Minimal", "Info")
)
STYLING_KEYS = (
    "header_background_colour",
    "body_background_colour",
    "footer_background_colour",
    "footer_text_colour",
    "button_colour",
    "button_text_colour",
    "button_hover_colour",
    "button_hovor_text_colour",
    "button_border_colour",
    "footer_text",
)
ANSWER = {
    "id": TEXT,
    "name": TEXT,
    "template": {"type": "string", "enum": list(TEMPLATES)},
    "company_name": TEXT,
    "address_line_1": TEXT,
    "address_line_2": TEXT,
    "postcode": TEXT,
    "city": TEXT,
    "phone": TEXT,
    "email": TEXT,
    "terms_and_conditions_url": TEXT,
    "styling_css": {"type": "string", "contentMediaType": "application/json"},
    "logo_filename": TEXT,
}


def get(platform: Platform, call: Call) -> Answer:
    """The branding as it stands."""
    return success(ENVELOPE, present(platform, call.record))


def present(_: Platform, branding: EcommerceBranding) -> dict[str, Any]:
    """The branding as the wire has it: the styling is JSON inside a string."""
    styling = {name: branding.styling.get(name, "") for name in STYLING_KEYS}
    shown = {name: getattr(branding, name) for name in ANSWER if name != "styling_css"}
    shown["styling_css"] = orjson.dumps(styling).decode()
    return {name: shown[name] for name in ANSWER}


def find(platform: Platform, record_id: str) -> EcommerceBranding | None:
    """The branding with this id, in any case."""
    return platform.books.ecommerce_brandings.get(record_id.upper())


RESOURCE = Resource(
    service="Ecommerce branding",
    rules="Brandings are made in the portal; only those of version 2 can be read.",
    routes=(
        Route(
            "ecommerce_branding.get",
            "GET",
            "/ecommercebranding/{id}",
            get,
            SECTION,
            "Read a branding",
            ENVELOPE,
            ANSWER,
            locate=find,
        ),
    ),
)
