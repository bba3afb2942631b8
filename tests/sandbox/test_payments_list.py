"""Section 6: the list of payments, its filters and order; transaction codes of mandates too."""

from typing import Any

import pytest

from tests.sandbox.caller import PAYMENT, Caller

STATUSES = (
    "pending_submission",
    "submitted",
    "successful",
    "failed",
    "cancelled",
    "indemnity_claimed",
)


def references(api: Caller, **query: str | int) -> list[str]:
    """The references of the listed payments, in order."""
    listed = api.get("payments", **query).json()["payments"]
    return [payment["custom_reference"] for payment in listed]


def test_the_list_holds_the_single_records_section_6(api: Caller) -> None:
    made = [api.payment(), api.payment()]
    assert api.get("payments").json() == {"payments": made}


def test_an_empty_list_still_carries_its_envelope_section_6(api: Caller) -> None:
    assert api.get("payments").json() == {"payments": []}


@pytest.fixture
def one_of_each(api: Caller) -> None:
    """A payment in each status, its status for a reference, made an hour apart from 08:00 UTC."""
    auddis = api.mandate()["auddis"]
    for status in STATUSES:
        made = api.payment(auddis=auddis, custom_reference=status)
        api.place("payments", made["id"], status=status)
        api.sandbox.advance("1h")


@pytest.mark.usefixtures("one_of_each")
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        *(({"status": status}, [status]) for status in STATUSES),
        ({"status": "failed,indemnity_claimed"}, ["failed", "indemnity_claimed"]),
        ({"status": "indemnity claimed"}, ["indemnity_claimed"]),
        ({"custom_reference": "failed"}, ["failed"]),
        ({"custom_reference": "fail"}, []),
        ({"custom_reference": "failed", "status": "submitted"}, []),
        ({"created_from": "2026-06-01 12:00:00"}, ["cancelled", "indemnity_claimed"]),
        ({"created_to": "2026-06-01 09:00:00"}, ["pending_submission", "submitted"]),
        (
            {"created_from": "2026-06-01 10:00:00", "created_to": "2026-06-01 10:59:59"},
            ["successful"],
        ),
        ({"transaction_code": "01"}, ["pending_submission"]),
        ({"transaction_code": "17"}, ["submitted", "successful", "failed", "indemnity_claimed"]),
        (
            {"transaction_code": "01, 17", "status": "failed,pending_submission"},
            ["pending_submission", "failed"],
        ),
        ({"transaction_code": "18,19,99"}, []),
        ({"sort_order": "desc", "limit": 2}, ["indemnity_claimed", "cancelled"]),
        ({"sort_field": "custom_reference", "limit": 2}, ["cancelled", "failed"]),
        (
            {"sort_field": "status", "limit": 2, "page_no": 2},
            ["indemnity_claimed", "pending_submission"],
        ),
    ],
)
def test_filters_and_order_section_6(
    api: Caller, query: dict[str, str | int], expected: list[str]
) -> None:
    assert references(api, **query) == expected


def test_sorted_by_collection_date_section_6(api: Caller) -> None:
    auddis = api.mandate()["auddis"]
    for day in ("2026-06-12", "2026-06-10", "2026-06-11"):
        api.payment(auddis=auddis, collection_date=day, custom_reference=day)
    sorted_days = ["2026-06-10", "2026-06-11", "2026-06-12"]
    assert references(api, sort_field="collection_date") == sorted_days


def test_a_reference_several_payments_share_finds_them_in_order_section_6(api: Caller) -> None:
    auddis = api.mandate()["auddis"]
    made = [api.payment(auddis=auddis, custom_reference="SAME")["id"] for _ in range(3)]
    api.put("payment", made[0], {"metadata": "later"})
    listed = api.get("payments", custom_reference="SAME").json()["payments"]
    assert [payment["id"] for payment in listed] == made


@pytest.mark.parametrize(
    ("payment_type", "code"),
    [
        ("first_collection", "01"),
        ("ongoing_collection", "17"),
        ("represent", "18"),
        ("final_collection", "19"),
    ],
)
def test_a_payment_is_found_by_the_code_of_its_type_sections_6_and_10(
    api: Caller, payment_type: str, code: str
) -> None:
    made = api.payment(custom_reference=payment_type)
    api.place("payments", made["id"], payment_type=payment_type)
    assert references(api, transaction_code=code) == [payment_type]
    others = {"01", "17", "18", "19", "99", "0N"} - {code}
    assert references(api, transaction_code=",".join(others)) == []


def line(number: int, code: str, record_id: str) -> list[str]:
    """A snapshot's entry of a submission line."""
    body = (
        f'{{"id":"FL01{number:016d}","created_at":"2026-06-01T21:00:00Z","status":"Successful",'
        f'"submission_id":"FS01","record_id":"{record_id}","type":"mandate",'
        f'"transaction_code":"{code}"}}'
    )
    return ["submission_lines", f"FL01{number:016d}", body]


def test_mandates_are_found_by_the_codes_they_went_out_with_sections_6_and_10(
    api: Caller,
) -> None:
    """0N new, 0C cancel, 0S convert; one mandate can have several."""
    mandates = [api.mandate()["id"] for _ in range(3)]
    snapshot = api.sandbox.control("snapshot")
    snapshot["entries"] += [
        line(1, "0N", mandates[0]),
        line(2, "0C", mandates[0]),
        line(3, "0S", mandates[1]),
    ]
    api.sandbox.control("snapshot", snapshot)

    def found(codes: str) -> list[Any]:
        listed = api.get("mandates", transaction_code=codes).json()["Mandates"]
        return [mandates.index(mandate["id"]) for mandate in listed]

    assert found("0N") == [0]
    assert found("0C") == [0]
    assert found("0S,0N") == [0, 1]
    assert found("17") == []


def test_a_switch_serves_lists_at_the_singular_path_section_6(api: Caller) -> None:
    """The bulk create stays where it is."""
    made = api.payment()
    api.sandbox.settings(list_paths="singular")
    assert api.get("payment").json() == {"payments": [made]}
    assert api.get("credit").json() == {"credits": []}
    assert api.get("payments").status_code == 405
    assert api.bulk("payments", [{}]).status_code == 202


def test_paths_are_read_in_any_case_section_1(api: Caller) -> None:
    original = api.failed_payment()
    fields = PAYMENT | {"auddis": original["auddis"]}
    path = f"Payment/{original['id'].lower()}/Represent/"
    assert api.send("POST", path, {"Payment": fields}).status_code == 200
    assert api.send("POST", "PAYMENTS/", {"PAYMENTS": [fields]}).status_code == 202
