"""Typed clients for both SmarterPay APIs: the public face, which only re-exports.

`CloudClient` and `CardClient` are opened as `async with`. The friendly methods of their
resources validate, send with retries under one idempotency key, and read. Who keeps a journal
uses `prepare`, `exchange` and `read` instead, and judges each exchange by `dispose`.
"""

from smarterpay.api.card import CardClient
from smarterpay.api.catalogue import OPERATIONS, Effect, Operation, get_operation
from smarterpay.api.client import AUTO_KEY, NO_KEY, ApiClient, IdempotencyKey
from smarterpay.api.cloud import CloudClient
from smarterpay.api.disposition import Disposition, dispose
from smarterpay.api.errors import (
    ApiError,
    BrokenRule,
    BulkUnfinished,
    Conflict,
    ConnectFailed,
    FieldError,
    GatewaySilent,
    HeaderRejected,
    InsecureTransport,
    InvalidRequest,
    InvalidToken,
    KeyReused,
    MethodNotAllowed,
    Misconfigured,
    NoAnswer,
    NotAcceptable,
    NotConfigured,
    NotFound,
    RateLimited,
    Refused,
    ReplayedServerError,
    RequestInProgress,
    ServerError,
    ServiceUnavailable,
    SmarterPayError,
    TlsRequired,
    TokenNotFetched,
    TokenRefused,
    TransportError,
    TryLater,
    UnexpectedAnswer,
)
from smarterpay.api.reading import Page
from smarterpay.api.reference_fields import REFERENCE_FIELDS
from smarterpay.api.retry import RetryPolicy, instant_retries
from smarterpay.api.tokens import OAuthClientCredentials, StaticToken, TokenSource
from smarterpay.api.transport import Answer, PreparedRequest, Timeouts
from smarterpay.api.wire import CodedListQuery, ListQuery, Record, Request

__all__ = [
    "AUTO_KEY",
    "NO_KEY",
    "OPERATIONS",
    "REFERENCE_FIELDS",
    "Answer",
    "ApiClient",
    "ApiError",
    "BrokenRule",
    "BulkUnfinished",
    "CardClient",
    "CloudClient",
    "CodedListQuery",
    "Conflict",
    "ConnectFailed",
    "Disposition",
    "Effect",
    "FieldError",
    "GatewaySilent",
    "HeaderRejected",
    "IdempotencyKey",
    "InsecureTransport",
    "InvalidRequest",
    "InvalidToken",
    "KeyReused",
    "ListQuery",
    "MethodNotAllowed",
    "Misconfigured",
    "NoAnswer",
    "NotAcceptable",
    "NotConfigured",
    "NotFound",
    "OAuthClientCredentials",
    "Operation",
    "Page",
    "PreparedRequest",
    "RateLimited",
    "Record",
    "Refused",
    "ReplayedServerError",
    "Request",
    "RequestInProgress",
    "RetryPolicy",
    "ServerError",
    "ServiceUnavailable",
    "SmarterPayError",
    "StaticToken",
    "Timeouts",
    "TlsRequired",
    "TokenNotFetched",
    "TokenRefused",
    "TokenSource",
    "TransportError",
    "TryLater",
    "UnexpectedAnswer",
    "dispose",
    "get_operation",
    "instant_retries",
]
