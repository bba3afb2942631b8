"""Turns requests into wishes for the journal: their exact bytes, made once; sends nothing."""

from collections.abc import Sequence

from pydantic import BaseModel

from smarterpay.api import REFERENCE_FIELDS, InvalidRequest
from smarterpay.api.catalogue import Effect, Operation
from smarterpay.api.errors import BrokenRule
from smarterpay.journal.bulk import BulkWish
from smarterpay.journal.intents import Wish
from smarterpay.orchestration.runtime import Runtime


def wish_for(
    runtime: Runtime,
    operation: Operation,
    request: BaseModel | None,
    *,
    reference: str,
    id: str | None = None,
) -> Wish:
    """The wish to have `operation` happen once for `reference`; raises as `ApiClient.prepare`."""
    prepared = runtime.client(operation.name).prepare(operation.name, request, id=id)
    return Wish(
        operation=operation.name,
        reference=reference,
        method=prepared.method,
        path=prepared.path,
        body=prepared.body or b"",
        repeatable=operation.effect is Effect.CHECK,
    )


def bulk_wish(
    runtime: Runtime,
    operation: Operation,
    row_operation: Operation,
    rows: Sequence[BaseModel],
    *,
    reference: str,
) -> BulkWish:
    """The wish to have each of `rows` happen once, in one call made for `reference`.

    Raises `InvalidRequest`, which names places and no values, for no row or more than 500
    (reference, section 7.9), a row that breaks a rule, and one without a reference of its own.
    """
    client = runtime.client(operation.name)
    call_model = client.shapes[operation.name].request
    if call_model is None:
        raise TypeError(f"{operation.name} carries no rows")
    client.prepare(operation.name, call_model(rows=tuple(rows)))
    wishes = tuple(
        wish_for(runtime, row_operation, row, reference=own)
        for row, own in zip(rows, _references(operation, row_operation, rows), strict=True)
    )

    def call(positions: Sequence[int]) -> Wish:
        carried = call_model(rows=tuple(rows[position] for position in positions))
        return wish_for(runtime, operation, carried, reference=reference)

    return BulkWish(operation.name, reference, wishes, call)


def _references(
    operation: Operation, row_operation: Operation, rows: Sequence[BaseModel]
) -> Sequence[str]:
    """Each row's own reference: what its record is found by, and its intent."""
    field = REFERENCE_FIELDS[row_operation.name].request
    first: dict[str, int] = {}
    broken: list[BrokenRule] = []
    for position, row in enumerate(rows):
        own = getattr(row, field) or ""
        name = f"rows.{position}.{field}"
        if not own.strip():
            broken.append(BrokenRule(name, "mandatory", "mandatory in a bulk call"))
        elif first.setdefault(own, position) != position:
            wording = f"is that of row {first[own]} already"
            broken.append(BrokenRule(name, "repeated", wording))
    if broken:
        raise InvalidRequest(operation.name, broken)
    return list(first)
