"""JSON of others is read so that what it gives can be kept, copied and sent on (RFC 8259)."""

import pytest

from smarterpay.api.json_document import DEEPEST, parse_json, read_json


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "utf-16-le"])
def test_every_encoding_that_json_may_come_in(encoding: str) -> None:
    assert parse_json('{"name":"Zoë"}'.encode(encoding)) == {"name": "Zoë"}


@pytest.mark.parametrize(
    "body",
    [b"", b" ", b"{", b'{"a":1}}', b"<html>", b"\xff", b'{"a":"\xed\xa0\x80"}', b'{"a":"caf\xe9"}'],
)
def test_what_is_no_json_is_none(body: bytes) -> None:
    assert parse_json(body) is None


@pytest.mark.parametrize(
    ("text", "document"),
    [
        (r'{"a":"\ud83d\ude00"}', {"a": "😀"}),
        (r'{"a":"\ud83d"}', {"a": "\ufffd"}),
        (r'{"\uDE00":["x\ud83dy"]}', {"\ufffd": ["x\ufffdy"]}),
        (r'{"a":"\\ud83d"}', {"a": r"\ud83d"}),
    ],
)
def test_half_a_surrogate_pair_becomes_the_replacement_character(
    text: str, document: object
) -> None:
    assert read_json(text) == document


@pytest.mark.parametrize("opening", ["[", '{"a":'])
def test_nesting_has_a_limit(opening: str) -> None:
    closing = "]" if opening == "[" else "}"
    assert read_json(opening * DEEPEST + "1" + closing * DEEPEST)
    with pytest.raises(ValueError, match="deeper than 64"):
        read_json(opening * (DEEPEST + 1) + "1" + closing * (DEEPEST + 1))
    assert parse_json((opening * 100_000).encode()) is None


def test_many_brackets_side_by_side_are_not_deep() -> None:
    assert read_json("[" + ",".join(["{}"] * 1000) + "]") == [{}] * 1000
    assert read_json('"' + "[" * 1000 + '"') == "[" * 1000
