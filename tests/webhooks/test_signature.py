"""Section 9, "Signature" and "Basic": who may send."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from smarterpay.webhooks import BasicCredentials, is_authorised, is_signed, signature

KEY = SecretStr("test-key")
BODY = b'{"events":[]}'
CHECK_VALUE = "91e7871b1e1d12ab52881c1760a766cf106c32fddfcf5aed63d97ac9cf08a97e"


def test_section_9_check_value() -> None:
    assert signature(BODY, KEY) == CHECK_VALUE
    assert is_signed(BODY, CHECK_VALUE, [KEY])


@pytest.mark.parametrize(
    "body",
    [
        b'{"events": []}',
        b'{"events":[]}\n',
        b"",
        BODY.decode().encode("utf-16"),
        b"\xef\xbb\xbf" + BODY,
    ],
)
def test_section_9_the_raw_bytes_are_signed_not_what_they_mean(body: bytes) -> None:
    assert not is_signed(body, CHECK_VALUE, [KEY])


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        CHECK_VALUE.upper(),
        CHECK_VALUE[:-1],
        CHECK_VALUE[:-1] + "f",
        f"sha256={CHECK_VALUE}",
        f"{CHECK_VALUE} ",
        "é" * 64,
        "\ud800",
    ],
)
def test_section_9_lower_case_hex_without_prefix_and_nothing_else(header: str | None) -> None:
    assert not is_signed(BODY, header, [KEY])


@pytest.mark.parametrize("keys", [["test-key", "new"], ["new", "test-key"], ["a", "test-key", "b"]])
def test_section_9_a_key_can_be_replaced_without_a_pause(keys: list[str]) -> None:
    assert is_signed(BODY, CHECK_VALUE, [SecretStr(key) for key in keys])
    assert not is_signed(BODY, CHECK_VALUE, [SecretStr(key) for key in keys if key != "test-key"])


def test_section_9_the_key_is_text_and_is_not_decoded() -> None:
    """A key that looks like base64 or hex is used as the characters it has."""
    encoded = base64.b64encode(b"test-key").decode()
    assert signature(BODY, SecretStr(encoded)) != CHECK_VALUE
    assert signature(BODY, SecretStr(b"test-key".hex())) != CHECK_VALUE


def test_section_9_the_key_is_utf_8() -> None:
    """RFC 2104 by hand would take these two bytes: C3 A9."""
    assert signature(b"", SecretStr("é")) == signature(b"", SecretStr(b"\xc3\xa9".decode()))
    assert len(signature(b"", SecretStr("é"))) == 64


def test_a_missing_or_blank_key_is_a_fault_of_ours_and_lets_no_one_in() -> None:
    with pytest.raises(ValueError, match="no webhook key is configured"):
        is_signed(BODY, CHECK_VALUE, [])
    with pytest.raises(ValueError, match="blank"):
        is_signed(BODY, CHECK_VALUE, [KEY, SecretStr("")])


@given(st.binary(max_size=200), st.text(min_size=1, max_size=40), st.integers(0, 7), st.data())
def test_section_9_one_changed_bit_breaks_the_signature(
    body: bytes, key: str, bit: int, data: st.DataObject
) -> None:
    secret = SecretStr(key.encode("utf-8", "replace").decode())
    header = signature(body, secret)
    assert is_signed(body, header, [secret])
    assert not is_signed(body + b"\x00", header, [secret])
    if body:
        place = data.draw(st.integers(0, len(body) - 1))
        changed = bytearray(body)
        changed[place] ^= 1 << bit
        assert not is_signed(bytes(changed), header, [secret])


# --- Basic -----------------------------------------------------------------------------------


def basic(text: str, scheme: str = "Basic") -> str:
    return f"{scheme} {base64.b64encode(text.encode()).decode()}"


MERCHANT = BasicCredentials(SecretStr("merchant"), SecretStr("pa:ss wörd"))


@pytest.mark.parametrize("scheme", ["Basic", "basic", "BASIC", "Basic  "])
def test_section_9_basic_authorisation(scheme: str) -> None:
    """The scheme in any case, a password with a colon, UTF-8 (RFC 7617)."""
    assert is_authorised(basic("merchant:pa:ss wörd", scheme), [MERCHANT])


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Basic",
        "Basic ",
        "Basic !!!",
        "Basic bWVyY2hhbnQ",  # not padded
        "Basic é",
        basic("merchant:pa:ss wörd").replace("Basic ", "Basic !"),
        basic("merchant:pa:ss w"),
        basic("merchant:"),
        basic("merchant"),
        basic(":"),
        basic("Merchant:pa:ss wörd"),
        basic("merchant:pa:ss wörd", "Bearer"),
        basic("merchant:pa:ss wörd", "BasicBasic"),
        "merchant:pa:ss wörd",
    ],
)
def test_section_9_anything_else_is_not_authorised(header: str | None) -> None:
    assert not is_authorised(header, [MERCHANT])


def test_section_9_credentials_can_be_replaced_without_a_pause() -> None:
    newer = BasicCredentials(SecretStr("merchant"), SecretStr("newer"))
    assert is_authorised(basic("merchant:newer"), [newer, MERCHANT])
    assert is_authorised(basic("merchant:pa:ss wörd"), [newer, MERCHANT])
    assert not is_authorised(basic("merchant:newer"), [MERCHANT])


def test_credentials_that_protect_nothing_are_refused() -> None:
    with pytest.raises(ValueError, match="no webhook credentials are configured"):
        is_authorised(basic("merchant:x"), [])
    with pytest.raises(ValueError, match="blank"):
        BasicCredentials(SecretStr("merchant"), SecretStr(""))
    with pytest.raises(ValueError, match="colon"):
        BasicCredentials(SecretStr("mer:chant"), SecretStr("x"))


def test_secrets_never_show() -> None:
    assert "merchant" not in repr(MERCHANT)
    assert "wörd" not in repr(MERCHANT)


@given(st.text(max_size=60))
def test_any_header_is_judged(header: str) -> None:
    assert not is_authorised(header, [MERCHANT])
    assert not is_signed(BODY, header, [KEY])
