"""Section 7.6: client bank accounts and service user numbers, with the fixtures of section 13."""

import pytest

from tests.sandbox.caller import Caller

MAIN = {
    "Account_Number": "*****678",
    "Bank_Name": "BARCLAYS BANK PLC",
    "Default_Account": True,
    "Friendly_Name": "Main account",
    "ID": "OB01SANDBOXMAIN00001",
    "Sort_Code": "****56",
    "Sun": "100263",
    "Sun_Friendly_Name": "Smarterpay Test",
}
SECOND = {
    "Account_Number": "*****102",
    "Bank_Name": "Natwest",
    "Default_Account": True,
    "Friendly_Name": "Test SUn 1",
    "ID": "OB01SANDBOXSECOND001",
    "Sort_Code": "****56",
    "Sun": "122",
    "Sun_Friendly_Name": "tes1",
}
MAIN_SUN = {
    "SUN": "100263",
    "Sun_Friendly_Name": "Smarterpay Test",
    "Default_Sun": True,
    "active": True,
}
SECOND_SUN = {"SUN": "122", "Sun_Friendly_Name": "tes1", "Default_Sun": False, "active": True}


@pytest.mark.parametrize("record_id", ["OB01SANDBOXSECOND001", "CBA-0000001", "cba-0000001"])
def test_one_account_by_id_or_legacy_id_sections_7_6_and_1(api: Caller, record_id: str) -> None:
    assert api.get(f"clientbankaccount/{record_id}").json() == {"Client_Bank_Accounts": SECOND}


def test_the_list_holds_an_array_under_the_same_key_section_6(api: Caller) -> None:
    assert api.get("clientbankaccount").json() == {"Client_Bank_Accounts": [MAIN, SECOND]}


def test_the_default_account_of_a_sun_section_7_6(api: Caller) -> None:
    assert api.get("clientbankaccount/sun/100263").json() == {"Client_Bank_Accounts": MAIN}
    assert api.get("clientbankaccount/SUN/122").json() == {"Client_Bank_Accounts": SECOND}
    assert api.get("clientbankaccount/sun/999").status_code == 404


@pytest.mark.parametrize("record_id", ["122", "SN01SANDBOXSECOND001"])
def test_a_sun_by_itself_or_its_id_section_7_6(api: Caller, record_id: str) -> None:
    assert api.get(f"serviceusernumber/{record_id}").json() == {"Service_User_Number": SECOND_SUN}


def test_the_list_of_suns_section_6(api: Caller) -> None:
    assert api.get("serviceusernumber").json() == {"Service_User_Number": [MAIN_SUN, SECOND_SUN]}


def test_paging_works_on_these_lists_too_section_6(api: Caller) -> None:
    page = api.get("clientbankaccount", limit=1, page_no=2).json()
    assert page == {"Client_Bank_Accounts": [SECOND]}
    assert api.get("serviceusernumber", limit=1, page_no=3).json() == {"Service_User_Number": []}


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
@pytest.mark.parametrize("path", ["clientbankaccount/CBA-0000001", "serviceusernumber/122"])
def test_they_are_read_only_section_7_6(api: Caller, method: str, path: str) -> None:
    assert api.send(method, path, {}).status_code == 405
