"""The tolerant types of section 5, value by value."""

from datetime import UTC, date, datetime
from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from smarterpay.api import Record
from smarterpay.api.models.mandate import DdStatus, MandateStatus
from smarterpay.api.wire import (
    Day,
    Flag,
    FlagOrText,
    Id,
    Pence,
    Personal,
    PersonalText,
    Text,
    Timestamp,
    Wire,
)


class Everything(Record):
    """One field of each type."""

    id: Annotated[Id, Wire("ID")] = "x"
    pence: Annotated[Pence, Wire("Amount")] = None
    flag: Annotated[Flag, Wire("AccountCodeOK")] = None
    either: FlagOrText = None
    text: Annotated[Text, Wire("SUN", "Sun_Number")] = None
    personal: PersonalText = None
    anything: Annotated[Any, Personal()] = None
    at: Timestamp = None
    day: Day = None
    status: DdStatus = None


def read(**fields: Any) -> Everything:
    return Everything.model_validate(fields)


SEVEN_PAST_THREE = datetime(2023, 3, 14, 15, 7, 41, tzinfo=UTC)


@pytest.mark.parametrize(
    ("field", "value", "meaning"),
    [
        ("pence", 2532, 2532),
        ("pence", "2532", 2532),
        ("pence", " 2532 ", 2532),
        ("pence", "002532", 2532),
        ("pence", 2532.0, 2532),
        ("pence", 0, 0),
        ("pence", "0", 0),
        ("pence", -5, -5),
        ("pence", "-5", -5),
        ("pence", "", None),
        ("pence", " ", None),
        ("pence", None, None),
        ("flag", True, True),
        ("flag", False, False),
        ("flag", "true", True),
        ("flag", "False", False),
        ("flag", "TRUE", True),
        ("flag", 1, True),
        ("flag", "", None),
        ("flag", None, None),
        ("either", "True", True),
        ("either", "partial", "partial"),
        ("either", None, None),
        ("text", "x", "x"),
        ("text", "", None),
        ("text", None, None),
        ("text", 100263, "100263"),
        ("text", True, "true"),
        ("at", "2023-03-14T15:07:41.000Z", SEVEN_PAST_THREE),
        ("at", "2023-03-14T15:07:41Z", SEVEN_PAST_THREE),
        ("at", "2023-03-14T15:07:41.123Z", SEVEN_PAST_THREE.replace(microsecond=123_000)),
        ("at", "2023-03-14T16:07:41+01:00", SEVEN_PAST_THREE),
        ("at", "2023-03-14 15:07:41", SEVEN_PAST_THREE),
        ("at", "", None),
        ("at", None, None),
        ("day", "2026-06-03", date(2026, 6, 3)),
        ("day", "2018-08-25T00:00:00.000Z", date(2018, 8, 25)),
        ("day", "2026-06-02T23:00:00Z", date(2026, 6, 3)),
        ("day", "2026-01-02T23:00:00Z", date(2026, 1, 2)),
        ("day", "", None),
        ("day", None, None),
        ("status", "on hold", MandateStatus.ON_HOLD),
        ("status", "On_Hold", MandateStatus.ON_HOLD),
        ("status", "new_instructions", MandateStatus.NEW_INSTRUCTION),
        ("status", "paused by bank", "paused by bank"),
        ("status", "", None),
        ("status", None, None),
    ],
)
def test_section_5_meaning(field: str, value: object, meaning: object) -> None:
    found = getattr(read(**{field: value}), field)
    assert found == meaning
    assert type(found) is type(meaning)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("pence", "25.32"),
        ("pence", 25.32),
        ("pence", "£25"),
        ("pence", "1,000"),
        ("pence", "1e3"),
        ("pence", "²"),
        ("pence", True),
        ("pence", float("nan")),
        ("pence", float("inf")),
        ("pence", []),
        ("pence", "9" * 5000),
        ("pence", 10**18),
        ("pence", -(10**18)),
        ("pence", 1e300),
        ("flag", "yes"),
        ("flag", 2),
        ("flag", {}),
        ("text", {}),
        ("text", ["x"]),
        ("at", "yesterday"),
        ("at", 1685440000),
        ("at", "0001-01-01T00:00:00+14:00"),
        ("day", "03/06/2026"),
        ("day", "2026-02-30"),
        ("day", 20260603),
        ("day", "2026-W23-1"),
        ("day", "0001-01-01T00:00:00Z"),
        ("status", {"name": "on hold"}),
        ("id", ""),
        ("id", None),
        ("id", {}),
        ("id", " "),
        ("id", "a b"),
        ("id", "a\x00"),
        ("id", "é"),
        ("id", "x" * 65),
    ],
)
def test_section_5_no_meaning(field: str, value: object) -> None:
    with pytest.raises(ValidationError) as caught:
        read(**{field: value})
    assert caught.value.errors()[0]["loc"] == (field,)


@pytest.mark.parametrize("key", ["ID", "Id", "id", "iD"])
def test_section_5_key_case(key: str) -> None:
    assert read(**{key: "M01X"}).id == "M01X"


@pytest.mark.parametrize("key", ["SUN", "Sun", "sun", "Sun_Number", "sun_number", "TEXT"])
def test_section_5_every_spelling_of_a_field(key: str) -> None:
    assert read(**{key: "100263"}).text == "100263"


@pytest.mark.parametrize(
    "fields", [{"Id": "M01X", "ID": ""}, {"ID": None, "id": "M01X"}, {"id": "M01X", "ID": "Z"}]
)
def test_section_5_a_key_in_two_cases_gives_the_first_that_is_there(
    fields: dict[str, Any],
) -> None:
    assert Everything.model_validate(fields).id == "M01X"


def test_section_5_unknown_fields_are_kept_as_they_came() -> None:
    found = read(id="M01X", New_Thing={"a": [1]}, model_dump="x", __class__="y")
    assert found.unknown_fields == {"New_Thing": {"a": [1]}, "model_dump": "x", "__class__": "y"}
    assert found.model_dump()["New_Thing"] == {"a": [1]}


def test_unknown_fields_never_show() -> None:
    found = read(id="M01X", new_name="Canary", personal="Canary", anything={"a": "Canary"})
    assert repr(found) == "Everything(id='M01X', personal=***, anything=***)"
    assert "Canary" not in str(found)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from([*Everything.model_fields, "ID", "SUN", "other"]), JSON))
def test_section_5_any_value_is_read_or_refused(fields: dict[str, Any]) -> None:
    """Whatever JSON stands in a field: a record of the declared types, or a named refusal."""
    found = read_or_refused(fields)
    if isinstance(found, ValidationError):
        assert {fault["loc"][0] for fault in found.errors()} <= set(Everything.model_fields)
        return
    assert found.pence is None or type(found.pence) is int
    assert found.flag in {None, True, False}
    assert found.at is None or found.at.tzinfo is UTC
    assert found.day is None or type(found.day) is date


def read_or_refused(fields: dict[str, Any]) -> Everything | ValidationError:
    try:
        return Everything.model_validate(fields)
    except ValidationError as error:
        return error


@given(st.integers(min_value=-(10**17), max_value=10**17))
def test_section_5_pence_are_read_in_every_form(pence: int) -> None:
    assert read(pence=pence).pence == read(pence=str(pence)).pence == pence


@given(st.datetimes(min_value=datetime(1990, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 - hypothesis wants bounds without a zone
def test_section_5_timestamps_are_read_in_all_three_forms(instant: datetime) -> None:
    whole = instant.replace(microsecond=0)
    milli = instant.replace(microsecond=instant.microsecond // 1000 * 1000)
    assert read(at=whole.strftime("%Y-%m-%dT%H:%M:%SZ")).at == whole
    assert read(at=whole.strftime("%Y-%m-%dT%H:%M:%S.000Z")).at == whole
    assert read(at=milli.isoformat(timespec="milliseconds").replace("+00:00", "Z")).at == milli
