"""Ecommerce branding: how a page of ours looks (section 7.16), V2 records, read only."""

from typing import Annotated

from smarterpay.api.wire import EmbeddedJson, Id, PersonalText, Record, Text, Wire


class BrandingStyle(Record):
    """Colours and footer; the one misspelt key of the wire is mended here."""

    header_background_colour: Text = None
    body_background_colour: Text = None
    footer_background_colour: Text = None
    footer_text_colour: Text = None
    button_colour: Text = None
    button_text_colour: Text = None
    button_hover_colour: Text = None
    button_hover_text_colour: Annotated[Text, Wire("button_hovor_text_colour")] = None
    button_border_colour: Text = None
    footer_text: Text = None


class EcommerceBranding(Record):
    """A branding. `template` is `Default`, `Minimal` or `Info`, or one of these with a prefix.

    `styling_css` is JSON inside a string; a text that is none stays a text.
    """

    id: Id
    name: Text = None
    template: Text = None
    company_name: PersonalText = None
    address_line_1: PersonalText = None
    address_line_2: PersonalText = None
    postcode: PersonalText = None
    city: PersonalText = None
    phone: PersonalText = None
    email: PersonalText = None
    terms_and_conditions_url: Text = None
    styling_css: Annotated[BrandingStyle | str | None, EmbeddedJson] = None
    logo_filename: Text = None
