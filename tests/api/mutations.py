"""Spoils a valid answer in every way a real provider, or a proxy before it, has spoilt one."""

import copy
import json
from collections.abc import Callable, Iterator
from typing import Any

from hypothesis import strategies as st

Slot = tuple[Any, Any]
"""A container and the key or index in it."""

NASTY: tuple[Any, ...] = (
    None,
    True,
    -1,
    10**18,
    -(10**30),
    10**400,
    0.1,
    1e300,
    float("nan"),
    float("-inf"),
    "",
    " ",
    "null",
    "NaN",
    "1e5",
    "0x10",
    "١٢٣",
    "9" * 5000,
    "\x00",
    "\ud800",
    "x\udfffy",
    "successful",
    "error",
    "2026-02-30",
    "2026-W23-1",
    "0001-01-01",
    "0001-01-01T00:00:00Z",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59Z",
    "9999-12-31T23:59:59-14:00",
    "2026-06-01T24:00:00Z",
    "{",
    "[1",
    "[]",
    "[[[]]]",
    '{"a":NaN}',
    '{"id":"\\ud800"}',
    "[" * 3000,
    '{"a":' * 3000 + "1" + "}" * 3000,
    {},
    [],
    [None],
    [[]],
    [{}],
    {"": ""},
    {"id": {"id": {}}},
)
"""Values that some parser somewhere has stumbled over."""

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(10**6), 10**6)
    | st.text(max_size=12)
    | st.sampled_from([value for value in NASTY if not isinstance(value, dict | list)])
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=5,
)
NAMES = st.text(max_size=6) | st.sampled_from(
    [
        "id",
        "ID",
        "status",
        "error",
        "message",
        "code",
        "self",
        "__class__",
        "model_config",
        "\ud800",
    ]
)


def slots(document: Any) -> Iterator[Slot]:
    """Every place in `document` that holds a value, the outermost first."""
    inside = document.items() if isinstance(document, dict) else enumerate(document)
    for key, value in inside:
        yield document, key
        if isinstance(value, dict | list):
            yield from slots(value)


def recased(draw: st.DrawFn, container: Any, key: Any) -> None:
    if isinstance(container, dict):
        change: Callable[[str], str] = draw(
            st.sampled_from([str.upper, str.lower, str.title, str.swapcase])
        )
        container[change(key)] = container.pop(key)


def dropped(_draw: st.DrawFn, container: Any, key: Any) -> None:
    del container[key]


def replaced(draw: st.DrawFn, container: Any, key: Any) -> None:
    container[key] = draw(JSON)


def added(draw: st.DrawFn, container: Any, _key: Any) -> None:
    if isinstance(container, dict):
        container[draw(NAMES)] = draw(JSON)
    else:
        container.append(draw(JSON))


def said_twice(draw: st.DrawFn, container: Any, key: Any) -> None:
    if isinstance(container, dict):
        container[key.swapcase()] = draw(st.just(container[key]) | JSON)


def put_in_an_array(_draw: st.DrawFn, container: Any, key: Any) -> None:
    container[key] = [container[key]]


def put_in_an_object(draw: st.DrawFn, container: Any, key: Any) -> None:
    container[key] = {draw(NAMES): container[key]}


def taken_out(_draw: st.DrawFn, container: Any, key: Any) -> None:
    """The first of what is inside takes its container's place: an envelope goes, an array too."""
    inside = container[key]
    if isinstance(inside, dict | list) and inside:
        container[key] = next(iter(inside.values() if isinstance(inside, dict) else inside))


def made_text(_draw: st.DrawFn, container: Any, key: Any) -> None:
    container[key] = json.dumps(container[key])


def nested_deep(draw: st.DrawFn, container: Any, key: Any) -> None:
    for _ in range(draw(st.sampled_from([5, 63, 64, 120]))):
        container[key] = [container[key]]


CHANGES = (
    recased,
    dropped,
    replaced,
    replaced,
    added,
    said_twice,
    put_in_an_array,
    put_in_an_object,
    taken_out,
    made_text,
    nested_deep,
)


def truncated(draw: st.DrawFn, body: bytes) -> bytes:
    return body[: draw(st.integers(0, len(body)))]


def spliced(draw: st.DrawFn, body: bytes) -> bytes:
    """Bytes that are no UTF-8, no JSON, or JSON once more, at any place."""
    at = draw(st.integers(0, len(body)))
    more = draw(
        st.binary(max_size=4) | st.sampled_from([b"\xff", b"\xc0\x80", b"NaN", b"{}", b","])
    )
    return body[:at] + more + body[at:]


def same_key_twice(_draw: st.DrawFn, body: bytes) -> bytes:
    return b'{"id":{},"status":[],' + body[1:] if body[:1] == b"{" else body


def in_another_encoding(draw: st.DrawFn, body: bytes) -> bytes:
    encoding = draw(st.sampled_from(["utf-16", "utf-32", "utf-8-sig", "utf-7", "cp037"]))
    return body.decode(errors="replace").encode(encoding, errors="replace")


def buried(draw: st.DrawFn, body: bytes) -> bytes:
    depth = draw(st.sampled_from([1, 50, 990, 100_000]))
    return b"[" * depth + body + b"]" * draw(st.sampled_from([0, depth]))


BYTE_CHANGES = (truncated, spliced, same_key_twice, in_another_encoding, buried)


@st.composite
def mutated(draw: st.DrawFn, document: dict[str, Any]) -> bytes:
    """The body of an answer that was `document`: up to four changes, then one of its bytes."""
    root = {"": copy.deepcopy(document)}
    for _ in range(draw(st.integers(0, 4))):
        places = list(slots(root))
        if not places:
            break
        container, key = places[draw(st.integers(0, len(places) - 1))]
        draw(st.sampled_from(CHANGES))(draw, container, key)
    # Lone surrogates leave as escapes, NaN and Infinity as the words that json reads again.
    body = "".join(json.dumps(value) for value in root.values()).encode()
    if draw(st.integers(0, 3)) == 0:
        body = draw(st.sampled_from(BYTE_CHANGES))(draw, body)
    return body
