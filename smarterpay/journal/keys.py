"""Derives idempotency keys, without storage, so that any process arrives at the same one."""

from uuid import NAMESPACE_URL, UUID, uuid5


def merchant_namespace(environment: str, merchant: str) -> UUID:
    """The namespace of one merchant in one environment (`sandbox`, `uat`, `live`)."""
    return uuid5(NAMESPACE_URL, f"smarterpay-flows:{environment}:{merchant}")


def derive_key(namespace: UUID, operation: str, reference: str, generation: int) -> str:
    """The idempotency key of an intent's generation: a UUID as text (design, section 2)."""
    return str(uuid5(namespace, f"{operation}:{reference}:{generation}"))
