"""Section 6: lists, their pages, order and filters."""

from typing import Any

import pytest

from tests.sandbox.caller import Caller, faulty

LISTS = {
    "bankaccounts": "bank_accounts",
    "customeraccounts": "Customer_Accounts",
    "mandates": "Mandates",
    "recurrenceschedules": "recurrence_schedules",
}


def names(api: Caller, **query: str | int) -> list[str]:
    """The references of the listed customers, one letter each, in order."""
    listed = api.get("customeraccounts", **query).json()["Customer_Accounts"]
    return [customer["custom_reference"] for customer in listed]


@pytest.fixture
def three(api: Caller) -> list[dict[str, Any]]:
    """Customers a, b, c, made an hour apart from 08:00 UTC on."""
    made = []
    for reference, last_name in (("a", "Young"), ("b", "Adams"), ("c", "Moore")):
        made.append(api.customer(custom_reference=reference, last_name=last_name))
        api.sandbox.advance("1h")
    return made


@pytest.mark.parametrize(("path", "envelope"), LISTS.items())
def test_an_empty_list_still_carries_its_envelope_section_6(
    api: Caller, path: str, envelope: str
) -> None:
    assert api.get(path).json() == {envelope: []}


@pytest.mark.parametrize(("path", "envelope"), LISTS.items())
def test_lists_hold_the_records_of_single_reads_section_6(
    api: Caller, path: str, envelope: str
) -> None:
    api.schedule(auddis=api.mandate()["auddis"])
    api.customer()
    (listed,) = api.get(path).json()[envelope]
    singular = path.removesuffix("s")
    (single,) = api.get(f"{singular}/{listed.get('id') or listed['Id']}").json().values()
    assert {name.lower(): value for name, value in listed.items()} == {
        name.lower(): value for name, value in single.items()
    }


def test_the_default_page_is_40_section_6(api: Caller) -> None:
    for number in range(45):
        api.customer(custom_reference=str(number))
    assert names(api) == [str(number) for number in range(40)]
    assert names(api, page_no=2) == [str(number) for number in range(40, 45)]
    assert names(api, page_no=3) == []
    assert len(names(api, limit=500)) == 45


def test_pages_join_to_the_whole_section_6(api: Caller) -> None:
    for number in range(7):
        api.customer(custom_reference=str(number))
    pages = [names(api, limit=3, page_no=page) for page in (1, 2, 3, 4)]
    assert pages == [["0", "1", "2"], ["3", "4", "5"], ["6"], []]


def test_a_page_however_far_past_the_end_is_empty_section_6(api: Caller) -> None:
    assert api.get("mandates", page_no=10**18 - 1).json() == {"Mandates": []}


@pytest.mark.parametrize("path", [*LISTS, "clientbankaccount", "serviceusernumber"])
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("limit", "0"),
        ("limit", "501"),
        ("limit", "-1"),
        ("limit", "many"),
        ("limit", ""),
        ("page_no", "0"),
        ("page_no", "1.5"),
        ("page_no", ""),
        ("sort_order", "up"),
        ("sort_field", "shoe_size"),
        ("created_from", "2026-06-01"),
        ("created_from", "2026-06-01T08:00:00"),
        ("created_to", "2026-02-30 08:00:00"),
    ],
)
def test_parameters_out_of_range_are_400_on_every_list_section_6(
    api: Caller, path: str, name: str, value: str
) -> None:
    assert faulty(api.get(path, **{name: value})) == [name]


@pytest.mark.usefixtures("three")
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, "abc"),
        ({"sort_order": "asc"}, "abc"),
        ({"sort_order": "desc"}, "cba"),
        ({"sort_order": "desc", "limit": 2}, "cb"),
        ({"sort_order": "desc", "limit": 2, "page_no": 2}, "a"),
        ({"sort_field": "created_at", "sort_order": "DESC"}, "cba"),
        ({"sort_field": "last_name"}, "bca"),
        ({"sort_field": "last_name", "sort_order": "desc"}, "acb"),
        ({"SORT_FIELD": "last_name"}, "bca"),
        ({"created_from": "2026-06-01 09:00:00"}, "bc"),
        ({"created_from": "2026-06-01 09:00:01"}, "c"),
        ({"created_to": "2026-06-01 09:00:00"}, "ab"),
        ({"created_to": "2026-06-01 08:59:59"}, "a"),
        ({"created_from": "2026-06-01 09:00:00", "created_to": "2026-06-01 09:00:00"}, "b"),
        ({"created_from": "2026-06-02 00:00:00"}, ""),
        ({"custom_reference": "b"}, "b"),
        ({"custom_reference": "B"}, ""),
        ({"custom_reference": "bb"}, ""),
        ({"custom_reference": "b", "created_to": "2026-06-01 08:00:00"}, ""),
        ({"status": "active"}, "abc"),
        ({"status": "closed,active"}, "abc"),
        ({"status": "closed"}, ""),
        ({"shoe_size": "44"}, "abc"),
    ],
)
def test_order_and_filters_section_6(
    api: Caller, query: dict[str, str | int], expected: str
) -> None:
    """Filter times are UTC; both ends belong to the span; unknown filters are ignored."""
    assert "".join(names(api, **query)) == expected


def test_the_id_filter_section_6(api: Caller, three: list[dict[str, Any]]) -> None:
    assert names(api, id=three[1]["id"]) == ["b"]
    assert names(api, id=three[1]["id"], custom_reference="a") == []
    assert names(api, id="CA01ZZZZZZZZZZZZZZZZ") == []


def test_a_reference_several_records_share_finds_them_all_section_6(api: Caller) -> None:
    made = [api.customer(custom_reference="same")["id"] for _ in range(3)]
    api.put("Customer_Account", made[0], {"city": "York"})
    listed = api.get("customeraccounts", custom_reference="same").json()["Customer_Accounts"]
    assert [customer["id"] for customer in listed] == made


def test_a_changed_reference_is_found_under_the_new_one_only_section_6(api: Caller) -> None:
    made = api.customer(custom_reference="old")
    api.put("Customer_Account", made["id"], {"custom_reference": "new"})
    assert names(api, custom_reference="old") == []
    assert names(api, custom_reference="new") == ["new"]


def test_status_takes_a_list_of_words_section_6(api: Caller) -> None:
    for status in ("on hold", "new instruction", "cancelled"):
        api.mandate(dd_status=status)

    def found(status: str) -> list[str]:
        listed = api.get("mandates", status=status).json()["Mandates"]
        return [mandate["dd_status"] for mandate in listed]

    assert found("on hold") == ["on hold"]
    assert found("cancelled, on_hold") == ["on hold", "cancelled"]
    assert found("expired") == []


def test_a_mandate_has_no_custom_reference_to_find_it_by_section_6(api: Caller) -> None:
    """Its reference is `auddis`, so the filter finds no mandate at all, and not every one."""
    made = api.mandate(auddis="MEMBER 1")
    assert api.get("mandates", custom_reference="MEMBER 1").json() == {"Mandates": []}
    assert api.get("mandates", id=made["id"]).json() == {"Mandates": [made]}


def test_accounts_and_schedules_are_found_by_reference_and_status_section_6(api: Caller) -> None:
    account = api.account(custom_reference="r1")
    schedule = api.schedule(custom_reference="r2")
    api.send("DELETE", f"bankaccount/{account['id']}")
    (listed,) = api.get("bankaccounts", custom_reference="r1").json()["bank_accounts"]
    assert listed["Id"] == account["id"]
    found = api.get("recurrenceschedules", custom_reference="r2", status="active").json()
    assert found == {"recurrence_schedules": [schedule]}
    assert len(api.get("bankaccounts", status="enabled").json()["bank_accounts"]) == 1
    assert len(api.get("bankaccounts", status="disabled").json()["bank_accounts"]) == 1


def test_a_switch_serves_lists_at_the_singular_path_section_6(api: Caller) -> None:
    api.mandate()
    api.sandbox.settings(list_paths="singular")
    assert len(api.get("mandate").json()["Mandates"]) == 1
    assert api.get("mandates").status_code == 404
    assert api.get("serviceusernumber").status_code == 200
    api.sandbox.settings(list_paths="plural")
    assert api.get("mandate").status_code == 405
