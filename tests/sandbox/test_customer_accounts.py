"""Section 7.1: customer accounts."""

import httpx
import pytest

from tests.sandbox.caller import CUSTOMER, Caller, faulty, only

FULL = CUSTOMER | {
    "address_line2": "Flat 2",
    "country_code": "GB",
    "state_code": "",
    "title": "Dr",
    "company_name": "Test Ltd",
    "custom_reference": "XYZ",
    "external_id": "EXT-9",
    "metadata": "free",
}
LIMITS = {
    "email": 100,
    "first_name": 50,
    "last_name": 50,
    "address_line1": 50,
    "city": 50,
    "postal_code": 50,
    "address_line2": 50,
    "custom_reference": 50,
    "external_id": 50,
    "title": 45,
    "company_name": 160,
    "metadata": 1000,
}


def of_length(field: str, length: int) -> str:
    return "x" * (length - 6) + "@ab.cd" if field == "email" else "x" * length


def test_the_documented_sample_request_section_7_1(api: Caller) -> None:
    made = api.customer(country_code="GB", custom_reference="XYZ", metadata="")
    assert made["custom_reference"] == "XYZ"
    assert made["metadata"] == ""


def test_the_answer_is_the_request_with_id_created_at_and_status_section_7_1(api: Caller) -> None:
    made = api.customer(**FULL)
    assert made == FULL | {
        "id": made["id"],
        "created_at": "2026-06-01T08:00:00Z",
        "status": "active",
    }
    assert api.read("Customer_Account", made["id"]) == made


@pytest.mark.parametrize("field", CUSTOMER)
@pytest.mark.parametrize("blank", [None, "", "  "])
def test_mandatory_fields_section_7_1(api: Caller, field: str, blank: str | None) -> None:
    assert faulty(api.post("Customer_Account", CUSTOMER | {field: blank})) == [field]
    without = {name: value for name, value in CUSTOMER.items() if name != field}
    assert faulty(api.post("Customer_Account", without)) == [field]


@pytest.mark.parametrize(("field", "limit"), LIMITS.items())
def test_lengths_section_7_1(api: Caller, field: str, limit: int) -> None:
    longest = of_length(field, limit)
    assert api.customer(**{field: longest})[field] == longest
    too_long = CUSTOMER | {field: of_length(field, limit + 1)}
    assert faulty(api.post("Customer_Account", too_long)) == [field]


@pytest.mark.parametrize(
    "email", ["plain", "a@b", "a b@c.de", "@c.de", "a@c.de, b@c.de", "a@.de", 5, ["a@c.de"]]
)
def test_the_email_must_be_valid_section_7_1(api: Caller, email: object) -> None:
    assert faulty(api.post("Customer_Account", CUSTOMER | {"email": email})) == ["email"]


@pytest.mark.parametrize(
    ("country", "state", "fault"),
    [
        ("GB", "", None),
        ("US", "CA", None),
        ("US", "", "state_code"),
        ("FR", "", None),
        ("UK", "", "country_code"),
        ("gb", "", "country_code"),
        ("GBR", "", "country_code"),
        ("US", "C", "state_code"),
        ("US", "CAL", "state_code"),
        ("US", "12", "state_code"),
    ],
)
def test_country_and_state_section_7_1(
    api: Caller, country: str, state: str, fault: str | None
) -> None:
    answer = api.post("Customer_Account", CUSTOMER | {"country_code": country, "state_code": state})
    if fault is None:
        assert only(answer, "Customer_Account")["country_code"] == country
    else:
        assert faulty(answer) == [fault]


@pytest.mark.parametrize("given", [{}, {"country_code": ""}, {"country_code": None}])
def test_an_empty_country_becomes_gb_section_7_1(api: Caller, given: dict[str, str]) -> None:
    assert api.customer(**given)["country_code"] == "GB"


def test_a_put_changes_what_it_names_and_clears_with_blank_or_null_sections_5_and_7_1(
    api: Caller,
) -> None:
    made = api.customer(**FULL)
    changes = {"city": "York", "title": "", "metadata": None}
    changed = only(api.put("Customer_Account", made["id"], changes), "Customer_Account")
    assert changed == made | {"city": "York", "title": "", "metadata": ""}
    assert api.read("Customer_Account", made["id"]) == changed


def test_a_put_keeps_to_the_same_limits_section_7_1(api: Caller) -> None:
    made = api.customer()

    def put(**fields: str) -> httpx.Response:
        return api.put("Customer_Account", made["id"], fields)

    assert faulty(put(city="x" * 51)) == ["city"]
    assert faulty(put(email="")) == ["email"]
    assert faulty(put(country_code="US")) == ["state_code"]
    assert only(put(country_code="US", state_code="NY"), "Customer_Account")["state_code"] == "NY"
    assert faulty(put(state_code="")) == ["state_code"]
    assert only(put(country_code=""), "Customer_Account")["country_code"] == "GB"


def test_a_customer_may_be_entered_twice_section_7_1(api: Caller) -> None:
    """Nothing but the idempotency key keeps two alike apart, which is why it matters."""
    assert api.customer()["id"] != api.customer()["id"]
