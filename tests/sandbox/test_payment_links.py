"""Sections 7.12, 11 and 12: payment links, from their page setup to what a payer makes of them."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.sandbox.caller import Caller, faulty, flat, only

PAGE = "EP02SANDBOXPAGE00001"
ONGOING = {"payment_types": "DDOngoingPayment", "schedule_step": "Edit"}
CARD = {"payment_types": "CardPayment", "card_step": "Edit"}
CHOICE = {
    "payment_types": "DDMandateOnly, DDOngoingPayment, CardPayment",
    "payment_type_step": "Edit",
    "schedule_step": "Edit",
    "card_step": "Edit",
}
REFERENCES = {
    "bank_account_custom_reference": "b",
    "card_payment_custom_reference": "c",
    "customer_custom_reference": "k",
    "recurrence_schedule_custom_reference": "s",
}
METADATA = {
    "metadata": "link",
    "metadata_account_validation": "validation",
    "metadata_bank_account": "bank",
    "metadata_card": "card",
    "metadata_customer_account": "customer",
    "metadata_mandate": "mandate",
    "metadata_recurrence_schedule": "schedule",
}


def set_up(api: Caller, **page: Any) -> None:
    """What the merchant does in the portal."""
    api.sandbox.control(f"page-setups/{PAGE}", page)


def link(api: Caller, **fields: Any) -> dict[str, Any]:
    return api.make("payment_link", ecommerce_page=PAGE, **fields)


def refused(api: Caller, **fields: Any) -> list[str]:
    return faulty(api.post("payment_link", {"ecommerce_page": PAGE} | fields))


def finish(api: Caller, made: dict[str, Any], **visit: Any) -> dict[str, Any]:
    """The payer finishes the page, by control call."""
    finished: dict[str, Any] = api.sandbox.control(f"payment-links/{made['id']}/complete", visit)
    return finished


def local(api: Caller, url: str) -> str:
    """The link's address as this test reaches it."""
    return url.replace("http://sandbox.test", api.sandbox.base_url)


def test_the_answer_section_7_12(api: Caller) -> None:
    made = link(api)
    assert made["id"].startswith("PL01")
    assert made == {
        "id": made["id"],
        "url": f"http://sandbox.test/_sandbox/payment-link?ID={made['id']}",
        "created_at": "2026-06-01T08:00:00Z",
        "expires_at": "",
        "status": "active",
        "ecommerce_page": PAGE,
        "customer_account": "",
        "bank_account": "",
        "mandate": "",
        "recurrence_schedule": "",
        "description": "",
        "amount": "",
        "first_collection_amount": "",
        "first_collection_date": "",
        "start_date": "",
        "end_date": "",
        "auddis": "",
        "return_url": "",
        **dict.fromkeys((*REFERENCES, *METADATA), ""),
    }
    assert api.read("payment_link", made["id"]) == made


def test_request_fields_come_back_and_amounts_as_strings_sections_7_12_and_5(api: Caller) -> None:
    set_up(api, **ONGOING)
    fields = {
        "auddis": "MEMBER 1",
        "first_collection_date": "2026-06-15",
        "start_date": "2026-06-15",
        "end_date": "2027-06-15",
        "return_url": "https://shop.example/thanks?order=7",
        "description": "d" * 255,
        **REFERENCES,
        **METADATA,
    }
    made = link(api, amount=2500, first_collection_amount=3000, **fields)
    assert made.items() >= fields.items()
    assert (made["amount"], made["first_collection_amount"]) == ("2500", "3000")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("ecommerce_page", None),
        ("ecommerce_page", "EP02ZZZZZZZZZZZZZZZZ"),
        ("customer_account", "CA01ZZZZZZZZZZZZZZZZ"),
        ("bank_account", "BA01ZZZZZZZZZZZZZZZZ"),
        ("mandate", "M01ZZZZZZZZZZZZZZZZ"),
        ("recurrence_schedule", "RS01ZZZZZZZZZZZZZZZZ"),
        ("amount", 0),
        ("amount", 2_000_000_001),
        ("first_collection_amount", "1.5"),
        ("first_collection_date", "15/06/2026"),
        ("first_collection_date", "2026-05-31"),
        ("start_date", "soon"),
        ("end_date", "2026-02-30"),
        ("auddis", "lower"),
        ("description", "x" * 256),
        *((name, "x" * 101) for name in REFERENCES),
        *((name, "x" * 1001) for name in METADATA),
    ],
)
def test_fields_that_are_refused_section_7_12(api: Caller, field: str, value: Any) -> None:
    set_up(api, **ONGOING)
    assert refused(api, **{field: value}) == [field]
    assert api.sandbox.counts()["payment_links"] == 0


def test_longest_texts_section_7_12(api: Caller) -> None:
    texts = dict.fromkeys(REFERENCES, "x" * 100) | dict.fromkeys(METADATA, "x" * 1000)
    assert link(api, **texts).items() >= texts.items()


@pytest.mark.parametrize(
    "url",
    [
        "http://shop.example/",
        "shop.example",
        "https://",
        "https:///path",
        "https://shop.example/?page=1",
        "https://shop.example/?a=1&PAYMENT=2",
        "https://shop.example/?payment",
        "https://shop.example/a b",
        "https://[",
        "javascript:alert(1)",
        "https://shop.example/" + "x" * 2028,
    ],
)
def test_return_urls_that_are_refused_section_7_12(api: Caller, url: str) -> None:
    assert refused(api, return_url=url) == ["return_url"]


@pytest.mark.parametrize(
    "url",
    [
        "https://shop.example",
        "https://shop.example/?pages=1&payments=2#page=3",
        "https://shop.example/" + "x" * 2027,
    ],
)
def test_return_urls_that_are_taken_section_7_12(api: Caller, url: str) -> None:
    assert link(api, return_url=url)["return_url"] == url


@pytest.mark.parametrize(
    ("page", "given", "fault"),
    [
        ({}, {"mandate"}, "mandate"),
        ({}, {"recurrence_schedule"}, "recurrence_schedule"),
        ({"customer_step": "ReadOnly"}, set(), "customer_account"),
        ({"bank_step": "ReadOnly"}, set(), "bank_account"),
        ({"bank_step": "Skip"}, {"customer_account"}, "bank_account"),
        (ONGOING | {"schedule_step": "ReadOnly"}, set(), "recurrence_schedule"),
        (CARD | {"customer_step": "Skip"}, set(), "customer_account"),
        (CARD, {"bank_account"}, "bank_account"),
        (CARD, {"mandate"}, "mandate"),
    ],
)
def test_a_link_names_the_ids_its_page_expects_section_7_12(
    api: Caller, page: dict[str, Any], given: set[str], fault: str
) -> None:
    set_up(api, **page)
    ids = _one_of_each(api)
    assert refused(api, **{name: ids[name] for name in given}) == [fault]


@pytest.mark.parametrize(
    ("page", "given"),
    [
        ({}, {"customer_account", "bank_account"}),
        ({"customer_step": "Skip"}, {"customer_account"}),
        ({"customer_step": "ReadOnly", "bank_step": "Skip"}, {"customer_account", "bank_account"}),
        (ONGOING | {"bank_step": "Skip"}, {"mandate"}),
        (ONGOING | {"bank_step": "ReadOnly"}, {"bank_account", "mandate"}),
        (ONGOING | {"schedule_step": "ReadOnly"}, {"recurrence_schedule", "mandate"}),
        (CARD | {"customer_step": "ReadOnly"}, {"customer_account"}),
    ],
)
def test_ids_a_page_takes_section_7_12(api: Caller, page: dict[str, Any], given: set[str]) -> None:
    set_up(api, **page)
    ids = {name: value for name, value in _one_of_each(api).items() if name in given}
    assert link(api, **ids).items() >= ids.items()


def _one_of_each(api: Caller) -> dict[str, str]:
    customer = api.customer()["id"]
    mandate = api.mandate(customer_bank_account=api.account(customer_account=customer)["id"])
    return {
        "customer_account": customer,
        "bank_account": mandate["customer_bank_account"],
        "mandate": mandate["id"],
        "recurrence_schedule": api.schedule(auddis=mandate["auddis"])["id"],
    }


OVERRIDES = {
    "amount": 2500,
    "auddis": "MEMBER 1",
    "first_collection_amount": 3000,
    "first_collection_date": "2026-06-15",
    "start_date": "2026-06-15",
    "end_date": "2027-06-15",
    "return_url": "https://shop.example/",
}


@pytest.mark.parametrize(
    ("page", "permitted"),
    [
        ({}, {"auddis", "return_url"}),
        (ONGOING, set(OVERRIDES)),
        (CARD, {"amount", "return_url"}),
        (CHOICE, set(OVERRIDES)),
    ],
)
@pytest.mark.parametrize("name", OVERRIDES)
def test_a_link_overrides_what_its_page_permits_section_7_12(
    api: Caller, page: dict[str, Any], permitted: set[str], name: str
) -> None:
    set_up(api, **page)
    if name in permitted:
        assert link(api, **{name: OVERRIDES[name]})[name] == str(OVERRIDES[name])
    else:
        assert refused(api, **{name: OVERRIDES[name]}) == [name]


@pytest.mark.parametrize(
    "page", [ONGOING | {"schedule_step": "Skip"}, CARD | {"card_step": "Skip"}]
)
def test_an_amount_that_no_payer_enters_must_be_named_section_7_12(
    api: Caller, page: dict[str, Any]
) -> None:
    set_up(api, **page)
    assert refused(api) == ["amount"]
    assert link(api, amount=2500)["amount"] == "2500"


def test_an_existing_mandate_has_its_reference_section_7_12(api: Caller) -> None:
    set_up(api, **ONGOING)
    mandate = api.mandate()["id"]
    assert refused(api, mandate=mandate, auddis="MEMBER 1") == ["auddis"]


def test_an_existing_schedule_is_as_it_is_section_7_12(api: Caller) -> None:
    set_up(api, **ONGOING)
    schedule = _one_of_each(api)["recurrence_schedule"]
    assert refused(api, recurrence_schedule=schedule, amount=1, end_date="2027-01-01") == [
        "amount",
        "end_date",
    ]
    back = "https://shop.example/"
    assert link(api, recurrence_schedule=schedule, return_url=back)["return_url"] == back


def test_a_first_date_that_passed_meanwhile_is_today_sections_7_12_and_10(api: Caller) -> None:
    set_up(api, **ONGOING)
    made = link(api, amount=100, first_collection_date="2026-06-02")
    api.sandbox.control("clock", {"set": "2026-06-08T09:00"})
    created = finish(api, made)["created"]
    schedule = api.read("recurrence_schedule", created["recurrence_schedule"])
    assert schedule["first_collection_date"] == "2026-06-08"
    assert schedule["next_collection_date"] == "2026-06-10"


def test_a_reference_is_unique_within_the_sun_section_7_5(api: Caller) -> None:
    api.mandate(auddis="MEMBER 1")
    assert refused(api, auddis="MEMBER 1") == ["auddis"]


def test_the_records_a_link_names_must_be_usable_and_of_one_piece_section_7_12(
    api: Caller,
) -> None:
    set_up(api, **ONGOING)
    ids = _one_of_each(api)
    other = api.account()["id"]
    assert refused(api, mandate=ids["mandate"], bank_account=other) == ["mandate"]
    wrong = {"mandate": api.mandate()["id"], "recurrence_schedule": ids["recurrence_schedule"]}
    assert refused(api, **wrong) == ["recurrence_schedule"]
    api.put("bank_account", other, {"enabled": False})
    assert refused(api, bank_account=other) == ["bank_account"]
    api.put("Mandate", ids["mandate"], {"dd_status": "cancelled"})
    assert refused(api, mandate=ids["mandate"]) == ["mandate"]
    assert refused(api, recurrence_schedule=ids["recurrence_schedule"]) == ["recurrence_schedule"]


def test_a_put_changes_overrides_references_and_metadata_section_7_12(api: Caller) -> None:
    set_up(api, **ONGOING)
    made = link(api, amount=2500, metadata="old", return_url="https://shop.example/")
    changes = {"amount": 100, "end_date": "2027-01-01", "metadata": "new", **REFERENCES}
    changed = only(api.put("payment_link", made["id"], changes), "payment_link")
    assert changed == made | changes | {"amount": "100"}
    cleared = only(api.put("payment_link", made["id"], {"amount": None}), "payment_link")
    assert (cleared["amount"], cleared["metadata"]) == ("", "new")
    assert api.read("payment_link", made["id"]) == cleared


def test_what_a_put_refuses_section_7_12(api: Caller) -> None:
    made = link(api, metadata="old")
    for changes, fault in (
        ({"amount": 1, "metadata": "new"}, "amount"),
        ({"return_url": "http://shop.example", "metadata": "new"}, "return_url"),
        ({"status": "active"}, "status"),
        ({"status": "completed"}, "status"),
        ({"status": None}, "status"),
    ):
        assert faulty(api.put("payment_link", made["id"], changes)) == [fault]
    assert api.read("payment_link", made["id"]) == made


def test_a_put_cannot_turn_the_link_to_other_records_section_7_12(api: Caller) -> None:
    """Ids, page and description are no properties of a PUT: they are ignored."""
    made = link(api)
    changes = {"customer_account": api.customer()["id"], "description": "x", "ecommerce_page": "x"}
    assert only(api.put("payment_link", made["id"], changes), "payment_link") == made


def test_a_link_can_be_cancelled_sections_7_12_and_11(api: Caller) -> None:
    made = link(api)
    cancelled = only(api.put("payment_link", made["id"], {"status": "cancelled"}), "payment_link")
    assert cancelled == made | {"status": "cancelled"}
    assert faulty(api.put("payment_link", made["id"], {"metadata": "x"})) == ["status"]


@pytest.mark.parametrize(
    ("expiry", "expires_at"),
    [
        ("1 day", "2026-06-02T04:00:00Z"),
        ("3 days", "2026-06-04T04:00:00Z"),
        ("7 days", "2026-06-08T04:00:00Z"),
    ],
)
def test_links_expire_at_0500_as_the_page_setup_says_sections_7_16_and_12(
    api: Caller, expiry: str, expires_at: str
) -> None:
    set_up(api, expiry=expiry)
    made = link(api)
    assert made["expires_at"] == expires_at
    api.sandbox.control("clock", {"set": expires_at.replace("04:00:00Z", "03:59:59+00:00")})
    assert api.read("payment_link", made["id"])["status"] == "active"
    api.sandbox.advance(1)
    assert api.read("payment_link", made["id"])["status"] == "expired"
    assert faulty(api.put("payment_link", made["id"], {"status": "cancelled"})) == ["status"]
    assert httpx.get(local(api, made["url"]), trust_env=False).status_code == 410


def test_a_link_need_not_expire_section_7_16(api: Caller) -> None:
    made = link(api)
    api.sandbox.advance("400d")
    assert api.read("payment_link", made["id"])["status"] == "active"


def test_a_finished_or_cancelled_link_does_not_expire_section_11(api: Caller) -> None:
    set_up(api, expiry="1 day")
    done, cancelled = link(api), link(api)
    finish(api, done)
    api.put("payment_link", cancelled["id"], {"status": "cancelled"})
    api.sandbox.advance("3d")
    states = [api.read("payment_link", one["id"])["status"] for one in (done, cancelled)]
    assert states == ["completed", "cancelled"]


def test_a_mandate_page_makes_customer_account_and_mandate_section_7_12(api: Caller) -> None:
    """References and metadata of the link are put on what it creates."""
    made = link(api, auddis="MEMBER 1", **REFERENCES, **METADATA)
    finished = finish(
        api,
        made,
        customer={"last_name": "Ulrich"},
        bank_account={"account_name": "L Ulrich", "account_number": "12345678"},
    )
    created = finished["created"]
    assert list(created) == ["customer_account", "bank_account", "mandate"]
    assert (
        api.read("Customer_Account", created["customer_account"]).items()
        >= {
            "last_name": "Ulrich",
            "custom_reference": "k",
            "metadata": "customer",
        }.items()
    )
    assert (
        api.read("bank_account", created["bank_account"]).items()
        >= {
            "account_name": "L Ulrich",
            "account_number": "12345678",
            "customer_account": created["customer_account"],
            "custom_reference": "b",
            "metadata": "bank",
        }.items()
    )
    assert (
        api.read("Mandate", created["mandate"]).items()
        >= {
            "auddis": "MEMBER 1",
            "dd_status": "new instruction",
            "metadata": "mandate",
            "Sun_Number": "100263",
        }.items()
    )
    assert api.read("payment_link", made["id"]) == made | {"status": "completed"}


def test_the_page_setup_names_the_own_account_section_7_16(api: Caller) -> None:
    set_up(api, client_bank_account="CBA-0000001")
    created = finish(api, link(api))["created"]
    assert api.read("Mandate", created["mandate"])["Sun_Number"] == "122"


def test_named_records_are_used_and_not_made_anew_section_7_12(api: Caller) -> None:
    ids = _one_of_each(api)
    named = {name: ids[name] for name in ("customer_account", "bank_account")}
    created = finish(api, link(api, **named))["created"]
    assert list(created) == ["mandate"]
    mandate = api.read("Mandate", created["mandate"])
    assert mandate["customer_bank_account"] == ids["bank_account"]


def test_a_page_without_a_customer_step_makes_none_section_7_16(api: Caller) -> None:
    set_up(api, customer_step="Skip")
    created = finish(api, link(api))["created"]
    assert list(created) == ["bank_account", "mandate"]


def test_a_schedule_page_makes_a_schedule_section_7_12(api: Caller) -> None:
    set_up(api, **ONGOING, collection_day="15", collection_stretch=2)
    made = link(
        api,
        amount=2500,
        first_collection_amount=3000,
        first_collection_date="2026-06-15",
        end_date="2027-06-15",
        description="d" * 60,
        **REFERENCES,
        **METADATA,
    )
    created = finish(api, made)["created"]
    schedule = api.read("recurrence_schedule", created["recurrence_schedule"])
    assert (
        schedule.items()
        >= {
            "amount": "2500",
            "first_collection_amount": "3000",
            "first_collection_date": "2026-06-15",
            "end_date": "2027-06-15",
            "collection_day": "15",
            "collection_stretch": "2",
            "description": "d" * 44,
            "custom_reference": "s",
            "metadata": "schedule",
            "mandate": created["mandate"],
            "status": "active",
        }.items()
    )


def test_the_payer_enters_what_the_link_leaves_open_section_7_12(api: Caller) -> None:
    """Without a first date the earliest possible one is taken (section 10)."""
    set_up(api, **ONGOING)
    made = link(api)
    url = f"{api.sandbox.base_url}/_sandbox/payment-links/{made['id']}/complete"
    assert api.http.post(url, json={}).status_code == 400
    assert api.sandbox.counts()["customer_accounts"] == 0
    created = finish(api, made, amount=1200)["created"]
    schedule = api.read("recurrence_schedule", created["recurrence_schedule"])
    assert (schedule["amount"], schedule["first_collection_date"]) == ("1200", "2026-06-03")


def test_a_schedule_can_be_put_on_an_existing_mandate_section_7_12(api: Caller) -> None:
    set_up(api, **ONGOING)
    ids = _one_of_each(api)
    created = finish(api, link(api, mandate=ids["mandate"], amount=100))["created"]
    assert list(created) == ["recurrence_schedule"]
    existing = link(api, recurrence_schedule=ids["recurrence_schedule"])
    assert finish(api, existing)["created"] == {}


def test_a_card_page_takes_a_card_payment_sections_7_12_and_8(api: Caller) -> None:
    set_up(api, **CARD)
    made = link(api, amount=2500, description="order 7", **REFERENCES, **METADATA)
    finished = finish(api, made)
    created = finished["created"]
    assert list(created) == ["customer_account", "card", "payment"]
    payment = only(api.get(f"payment/{created['payment']}"), "payment")
    assert (
        payment.items()
        >= {
            "status": "successful",
            "amount": "2500",
            "custom_reference": "c",
            "metadata": "card",
            "card_id": created["card"],
            "customer_account": created["customer_account"],
        }.items()
    )
    (card,) = api.get("cards").json()["cards"]
    assert (card["custom_referance"], card["internal_payment_description"]) == ("c", "order 7")
    assert finished["link"]["status"] == "completed"
    assert flat(api.follow_up(created["card"], "Void"))["status"] == "successful"


@pytest.mark.parametrize(
    ("amount", "outcome", "status", "done"),
    [
        (2500, "failed", "failed", False),
        (2500, "cancelled", "cancelled", False),
        (4005, "", "failed", False),
        (4098, "", "error", False),
        (4012, "", "pending", True),
        (4099, "", "pending", True),
    ],
)
def test_a_link_stays_active_until_a_payment_is_good_sections_11_and_13(
    api: Caller, amount: int, outcome: str, status: str, done: bool
) -> None:
    set_up(api, **CARD)
    made = link(api, amount=amount)
    finished = finish(api, made, outcome=outcome)
    payment = only(api.get(f"payment/{finished['created']['payment']}"), "payment")
    assert (payment["status"], finished["done"]) == (status, done)
    assert finished["link"]["status"] == ("completed" if done else "active")


def test_a_payer_may_choose_where_the_page_lets_them_section_7_16(api: Caller) -> None:
    set_up(api, **CHOICE)
    assert "mandate" in finish(api, link(api))["created"]
    paid = finish(api, link(api), payment_type="CardPayment", amount=100)
    assert "payment" in paid["created"]
    set_up(api, payment_type_step="Skip")
    made = link(api)
    url = f"{api.sandbox.base_url}/_sandbox/payment-links/{made['id']}/complete"
    assert api.http.post(url, json={"payment_type": "CardPayment"}).status_code == 400


def test_a_link_that_is_not_single_use_goes_on_sections_7_16_and_11(api: Caller) -> None:
    set_up(api, single_use=False)
    made = link(api)
    first, second = finish(api, made), finish(api, made)
    assert first["created"]["mandate"] != second["created"]["mandate"]
    assert second["link"] == made


def test_a_page_can_require_an_account_validation_sections_7_16_and_7_3(api: Caller) -> None:
    set_up(api, account_validation_required=True)
    created = finish(api, link(api, **METADATA))["created"]
    mandate = api.read("Mandate", created["mandate"])
    assert mandate["dd_status"] == "await validation"
    validation = api.read("account_validation", mandate["account_validation_id"])
    assert validation["metadata"] == "validation"
    assert validation["account_validation_url"].startswith("http://sandbox.test/_sandbox/")
    api.sandbox.advance(60)
    assert api.read("Mandate", created["mandate"])["dd_status"] == "new instruction"


def test_the_platform_appends_page_and_payment_to_the_return_url_section_7_12(
    api: Caller,
) -> None:
    finished = finish(api, link(api, return_url="https://shop.example/x?order=7#top"))
    parts = urlsplit(finished["return_url"])
    assert parse_qs(parts.query) == {
        "order": ["7"],
        "page": [PAGE],
        "payment": [finished["created"]["mandate"]],
    }
    assert (parts.netloc, parts.path, parts.fragment) == ("shop.example", "/x", "top")
    assert finish(api, link(api))["return_url"] == ""


def test_a_reference_taken_meanwhile_gives_way_section_7_5(api: Caller) -> None:
    made = link(api, auddis="MEMBER 1")
    api.mandate(auddis="MEMBER 1")
    created = finish(api, made)["created"]
    assert api.read("Mandate", created["mandate"])["auddis"].startswith("MA")


@pytest.mark.parametrize(
    "visit",
    [
        {"customer": {"email": "nonsense"}},
        {"customer": {"colour": "red"}},
        {"customer": []},
        {"bank_account": {"account_number": "12345900"}},
        {"bank_account": {"account_number": "12345901"}},
        {"bank_account": {"sort_code": "1"}},
        {"amount": 0},
        {"outcome": "nonsense"},
        {"payment_type": "Cash"},
        {"colour": "red"},
    ],
)
def test_a_payer_who_enters_nonsense_makes_nothing(api: Caller, visit: dict[str, Any]) -> None:
    made = link(api)
    url = f"{api.sandbox.base_url}/_sandbox/payment-links/{made['id']}/complete"
    answer = api.http.post(url, json=visit)
    assert (answer.status_code, list(answer.json())) == (400, ["error"])
    counts = api.sandbox.counts()
    assert counts["customer_accounts"] == counts["bank_accounts"] == counts["mandates"] == 0
    assert api.read("payment_link", made["id"])["status"] == "active"


@pytest.mark.parametrize(
    ("status", "done_to"), [("cancelled", "mandate"), ("on hold", "mandate"), ("", "schedule")]
)
def test_what_a_link_names_must_be_usable_when_the_payer_comes_sections_7_11_and_7_12(
    api: Caller, status: str, done_to: str
) -> None:
    """A schedule needs a usable mandate, however it is made."""
    set_up(api, **ONGOING)
    ids = _one_of_each(api)
    if done_to == "mandate":
        made = link(api, mandate=ids["mandate"], amount=100)
        api.put("Mandate", ids["mandate"], {"dd_status": status})
    else:
        made = link(api, recurrence_schedule=ids["recurrence_schedule"])
        api.send("DELETE", f"recurrenceschedule/{ids['recurrence_schedule']}")
    url = f"{api.sandbox.base_url}/_sandbox/payment-links/{made['id']}/complete"
    answer = api.http.post(url, json={})
    assert (answer.status_code, list(answer.json())) == (400, ["error"])
    assert api.sandbox.counts()["recurrence_schedules"] == 1
    assert api.read("payment_link", made["id"])["status"] == "active"


def test_only_an_active_link_can_be_finished_section_11(api: Caller) -> None:
    made = link(api)
    finish(api, made)
    for record_id, status in ((made["id"], 409), ("nonsense", 404)):
        url = f"{api.sandbox.base_url}/_sandbox/payment-links/{record_id}/complete"
        assert api.http.post(url, json={}).status_code == status


def test_the_list_and_its_filters_section_6(api: Caller) -> None:
    """`custom_reference` finds a link by any of its references."""
    first = link(api, customer_custom_reference="CUST-1", card_payment_custom_reference="INV-1")
    second = link(api, bank_account_custom_reference="CUST-2")
    finish(api, second)

    def ids(**query: str | int) -> list[str]:
        return [one["id"] for one in api.get("paymentlinks", **query).json()["payment_links"]]

    assert ids() == [first["id"], second["id"]]
    assert ids(custom_reference="CUST-1") == ids(custom_reference="INV-1") == [first["id"]]
    assert ids(custom_reference="CUST-2") == ids(status="completed,expired") == [second["id"]]
    assert ids(id=first["id"].lower()) == ids(limit=1) == [first["id"]]
    assert ids(custom_reference="CUST") == []
    assert ids(sort_field="customer_custom_reference", sort_order="desc")[0] == first["id"]
    api.sandbox.settings(list_paths="singular")
    assert api.get("paymentlink").json()["payment_links"]


def test_a_person_finishes_the_link_in_a_browser_section_7_12(api: Caller) -> None:
    set_up(api, **CARD, single_use=True)
    made = link(api, return_url="https://shop.example/<thanks>", description="<b>order</b>")
    url = local(api, made["url"])
    shown = httpx.get(url, trust_env=False)
    assert shown.status_code == 200
    assert "&lt;b&gt;order&lt;/b&gt;" in shown.text
    assert "<b>order" not in shown.text
    wrong = httpx.post(url, data={"amount": "much", "city": "<York>"}, trust_env=False)
    assert (wrong.status_code, "in pounds" in wrong.text) == (400, True)
    assert ('value="much"' in wrong.text, 'value="&lt;York&gt;"' in wrong.text) == (True, True)
    declined = httpx.post(url, data={"amount": "25", "outcome": "failed"}, trust_env=False)
    assert (declined.status_code, "The card was not accepted" in declined.text) == (400, True)
    paid = httpx.post(url, data={"amount": "25.50", "last_name": "Ulrich"}, trust_env=False)
    assert paid.status_code == 200
    assert "https://shop.example/%3Cthanks%3E" in paid.text or "&lt;thanks&gt;" in paid.text
    states = [(one["amount"], one["status"]) for one in api.get("payments").json()["payments"]]
    assert states == [("2500", "failed"), ("2550", "successful")]
    assert httpx.get(url, trust_env=False).status_code == 410


def test_a_form_sent_by_another_site_is_not_taken(api: Caller) -> None:
    url = local(api, link(api)["url"])
    foreign = {"Origin": "https://evil.example"}
    assert httpx.post(url, headers=foreign, trust_env=False).status_code == 403
    assert httpx.delete(url, trust_env=False).status_code == 405
    assert api.sandbox.counts()["mandates"] == 0
    nowhere = f"{api.sandbox.base_url}/_sandbox/payment-link?ID=nonsense"
    assert httpx.get(nowhere, trust_env=False).status_code == 404
