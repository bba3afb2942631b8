"""Service user number, SUN: the identity a merchant collects under (section 7.6), read only."""

from typing import Annotated

from smarterpay.api.wire import Flag, Id, Record, Text, Wire


class ServiceUserNumber(Record):
    """A SUN; it has no record id among its fields."""

    sun: Annotated[Id, Wire("SUN")]
    sun_friendly_name: Text = None
    default_sun: Flag = None
    active: Flag = None
