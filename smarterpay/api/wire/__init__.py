"""The types that stand between JSON and our models: this face only re-exports.

Requests are strict: what breaks a limit or set of section 7 raises `InvalidRequest` before a
byte leaves. Records are tolerant in every way section 5 lists, and keep what they do not know.
"""

from smarterpay.api.wire.model import (
    Personal,
    Wire,
)
from smarterpay.api.wire.queries import (
    FILTER_TIME,
    LARGEST_PAGE,
    CodedListQuery,
    ListQuery,
)
from smarterpay.api.wire.records import (
    Record,
    ReferenceField,
)
from smarterpay.api.wire.requests import (
    BulkCreate,
    Request,
    Update,
    revalidated,
    serialise,
)
from smarterpay.api.wire.rules import (
    AccountNumber,
    AmendedPence,
    Auddis,
    BacsCode,
    Cancelled,
    CollectionPence,
    LandingPage,
    Metadata,
    OptionalRecordId,
    RecordId,
    SortCode,
    misplaced,
    plain_text,
    refused,
    required_text,
    text,
)
from smarterpay.api.wire.values import (
    Day,
    EmbeddedJson,
    Flag,
    FlagOrText,
    Id,
    Pence,
    PersonalText,
    SecretText,
    Text,
    Timestamp,
    WholeNumber,
    open_set,
)

__all__ = [
    "FILTER_TIME",
    "LARGEST_PAGE",
    "AccountNumber",
    "AmendedPence",
    "Auddis",
    "BacsCode",
    "BulkCreate",
    "Cancelled",
    "CodedListQuery",
    "CollectionPence",
    "Day",
    "EmbeddedJson",
    "Flag",
    "FlagOrText",
    "Id",
    "LandingPage",
    "ListQuery",
    "Metadata",
    "OptionalRecordId",
    "Pence",
    "Personal",
    "PersonalText",
    "Record",
    "RecordId",
    "ReferenceField",
    "Request",
    "SecretText",
    "SortCode",
    "Text",
    "Timestamp",
    "Update",
    "WholeNumber",
    "Wire",
    "misplaced",
    "open_set",
    "plain_text",
    "refused",
    "required_text",
    "revalidated",
    "serialise",
    "text",
]
