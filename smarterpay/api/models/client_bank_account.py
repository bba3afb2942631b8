"""Client bank account: the merchant's own, originating account (section 7.6), read only."""

from typing import Annotated

from smarterpay.api.wire import Flag, Id, PersonalText, Record, Text, Wire


class ClientBankAccount(Record):
    """An originating account; number and sort code come masked. The default is per SUN."""

    id: Annotated[Id, Wire("ID")]
    account_number: PersonalText = None
    sort_code: PersonalText = None
    bank_name: Text = None
    default_account: Flag = None
    friendly_name: Text = None
    sun: Text = None
    sun_friendly_name: Text = None
