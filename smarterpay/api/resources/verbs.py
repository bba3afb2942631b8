"""What resources have in common: one class for each verb, with its signature; knows no noun."""

from collections.abc import AsyncIterator, Iterable
from datetime import datetime
from typing import Generic, Literal, TypedDict, TypeVar, Unpack

from smarterpay.api.client import AUTO_KEY, IdempotencyKey, Resource
from smarterpay.api.models.api_request import ApiRequest
from smarterpay.api.wire import BulkCreate, CodedListQuery, ListQuery, Record, Request, Update

B = TypeVar("B", bound=BulkCreate[Request])
C = TypeVar("C", bound=Request)
U = TypeVar("U", bound=Update)
R = TypeVar("R", bound=Record)
SortOrder = Literal["asc", "desc"]


class Filters(TypedDict, total=False):
    """What every list takes (section 6); a filter of `None` is none.

    `limit` is records per page, 1 to 500. `to_the_end` reads until an empty page.
    """

    status: str | Iterable[str] | None
    created_from: datetime | None
    created_to: datetime | None
    custom_reference: str | None
    id: str | None
    sort_field: str | None
    sort_order: SortOrder | None
    limit: int
    to_the_end: bool


class CodedFilters(Filters, total=False):
    """As every list, with a Bacs transaction code such as `0N` besides."""

    transaction_code: str | None


class Created(Resource, Generic[C, R]):
    """A resource on which records are created from a `C`."""

    record: type[R]

    async def create(self, request: C, /, *, idempotency_key: IdempotencyKey = AUTO_KEY) -> R:
        """Create a record and return it as the platform stored it."""
        return await self._call("create", self.record, request, idempotency_key=idempotency_key)


class BulkCreated(Resource, Generic[B]):
    """A resource on which up to 500 records are created in one call (section 7.9)."""

    async def bulk_create(
        self, request: B, /, *, idempotency_key: IdempotencyKey = AUTO_KEY
    ) -> ApiRequest:
        """Hand the rows in, all under one key; nothing is created yet when this returns.

        `api_requests.follow` waits until every row has been judged.
        """
        return await self._call("bulk_create", ApiRequest, request, idempotency_key=idempotency_key)


class Read(Resource, Generic[R]):
    """A resource whose records are read one by one."""

    record: type[R]

    async def get(self, record_id: str, /) -> R:
        """One record; raises `NotFound` where there is none with that id."""
        return await self._call("get", self.record, record_id=record_id)


class Updated(Resource, Generic[U, R]):
    """A resource whose records are changed by a `U`."""

    record: type[R]

    async def update(
        self, record_id: str, request: U, /, *, idempotency_key: IdempotencyKey = AUTO_KEY
    ) -> R:
        """Change what is set, clear what is set to `None`, leave the rest (section 5)."""
        return await self._call(
            "update", self.record, request, record_id=record_id, idempotency_key=idempotency_key
        )


class Disabled(Resource, Generic[R]):
    """A resource whose records a DELETE disables."""

    record: type[R]

    async def disable(self, record_id: str, /) -> R:
        """Disable a record, which erases nothing; repeating it changes nothing."""
        return await self._call("disable", self.record, record_id=record_id)


class Listed(Resource, Generic[R]):
    """A resource whose records are listed."""

    record: type[R]

    def list(self, **filters: Unpack[Filters]) -> AsyncIterator[R]:
        """Every matching record, page after page of `limit` (1 to 500) records (section 6).

        A page shorter than `limit` is the last one; with `to_the_end`, only an empty one is.
        Several states may be given. The times are aware and bound `created_at`. Filters match
        exactly; the platform ignores those a resource does not have. Raises `InvalidRequest`
        for a filter outside its limits, or one this list does not have.
        """
        return self._listed(self.record, ListQuery, **filters)


class CodedListed(Resource, Generic[R]):
    """A resource whose list can be filtered by Bacs transaction code too."""

    record: type[R]

    def list(self, **filters: Unpack[CodedFilters]) -> AsyncIterator[R]:
        """As every list, with a Bacs `transaction_code` such as `0N` besides."""
        return self._listed(self.record, CodedListQuery, **filters)
