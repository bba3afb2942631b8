"""Which bank a sort code belongs to, as far as a stand-in needs it; knows no account."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bank:
    """A bank's name and the address of the (fictional) branch."""

    name: str
    address: tuple[str, str, str, str] = ("1 Clearing Street", "London", "", "")
    postal_code: str = "EC1A 1AA"


_BY_PREFIX = {
    "01": "NATIONAL WESTMINSTER BANK PLC",
    "04": "FINTECH BANK UK LIMITED",
    "07": "NATIONWIDE BUILDING SOCIETY",
    "08": "THE CO-OPERATIVE BANK PLC",
    "09": "SANTANDER UK PLC",
    "11": "BANK OF SCOTLAND PLC",
    "12": "BARCLAYS BANK PLC",  # the documented sample: 123456 is Barclays (section 7.2)
    "20": "BARCLAYS BANK PLC",
    "30": "LLOYDS BANK PLC",
    "40": "HSBC UK BANK PLC",
    "60": "NATIONAL WESTMINSTER BANK PLC",
    "77": "LLOYDS BANK PLC",
    "80": "BANK OF SCOTLAND PLC",
    "83": "THE ROYAL BANK OF SCOTLAND PLC",
    "90": "BANK OF IRELAND (UK) PLC",
}
_OTHER = Bank("SANDBOX CLEARING BANK PLC")
_BANKS = {prefix: Bank(name) for prefix, name in _BY_PREFIX.items()}


def bank_of(sort_code: str) -> Bank:
    """The bank of a six-digit sort code; a made-up one where the prefix is not listed."""
    return _BANKS.get(sort_code[:2], _OTHER)
