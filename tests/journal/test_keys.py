"""Idempotency keys: the same from any process, different for anything that differs."""

from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from smarterpay.journal.keys import derive_key, merchant_namespace

NAMESPACE = merchant_namespace("sandbox", "default")
#: Operations are `singular.verb`, so they hold no colon; a merchant's reference may.
operations = st.from_regex(r"[a-z_]{1,8}\.[a-z_]{1,8}", fullmatch=True)
references = st.text(st.sampled_from("A0:;/ é"), min_size=1, max_size=12)
wishes = st.tuples(operations, references, st.integers(0, 20))


def test_the_key_of_an_intent_never_changes() -> None:
    """A changed derivation would send every open intent under a new key: create it twice."""
    key = derive_key(NAMESPACE, "mandate.create", "CUST-0042", 0)

    assert key == "e0d4e3ff-9d90-55b2-8d25-159e6979cecc"


def test_a_key_is_a_uuid_of_at_most_255_characters() -> None:
    """Reference section 2: at most 255 characters, a UUID is recommended."""
    key = derive_key(NAMESPACE, "mandate.create", "R" * 255, 0)

    assert str(UUID(key)) == key
    assert len(key) == 36


def test_environments_and_merchants_have_keys_of_their_own() -> None:
    """Reference section 2: all API keys of one client share one namespace."""
    namespaces = {
        merchant_namespace(environment, merchant)
        for environment in ("sandbox", "uat", "live")
        for merchant in ("default", "other")
    }

    assert len(namespaces) == 6


@settings(max_examples=300, deadline=None)
@given(one=wishes, other=wishes)
def test_keys_are_equal_exactly_when_what_they_stand_for_is(
    one: tuple[str, str, int], other: tuple[str, str, int]
) -> None:
    """Also where references hold colons and digits like the text a key is derived from."""
    assert (derive_key(NAMESPACE, *one) == derive_key(NAMESPACE, *other)) == (one == other)
