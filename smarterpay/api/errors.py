"""Every way a call can go wrong, as one tree; knows neither HTTP nor how a disposition is made.

    SmarterPayError
    |- InvalidRequest            refused by the request model; nothing was sent
    |- HeaderRejected            a header breaks the rules of section 1; nothing was sent
    |- InsecureTransport         http:// off loopback, or a base that is no plain URL
    |- NotConfigured             a setting is missing
    |- BulkUnfinished            a bulk request was followed to its limit; its rows go on
    |- TransportError            no answer to speak of
    |  |- ConnectFailed          nothing was sent
    |  |  `- TokenNotFetched     the token endpoint could not be asked; nothing was sent
    |  |- TokenRefused           the token endpoint said no; nothing was sent
    |  `- NoAnswer               sent or perhaps sent; no complete answer
    `- ApiError                  the provider answered
       |- Refused                4xx: the provider said no, nothing was done
       |  |- NotFound            404
       |  |- MethodNotAllowed    405
       |  |- NotAcceptable       406
       |  `- Conflict            409 that is not "in progress"
       |- TryLater               nothing was executed: same key, same bytes, later (408, 425)
       |  |- RequestInProgress   409 for a key whose first request still runs
       |  |- RateLimited         429
       |  `- ServiceUnavailable  503
       |- KeyReused              422: the key belongs to another request; a bug of ours
       |- GatewaySilent          2xx `error` of the card host: outcome unknown, look it up
       |- Misconfigured          nothing was executed: our set-up is wrong (401, 403, 407)
       |  |- InvalidToken        498
       |  `- TlsRequired         400 with the message TLS_Required
       |- ServerError            500, 502, 504, other 5xx: outcome unknown
       |  `- ReplayedServerError 500 replayed for a key: reconcile, never send that key again
       `- UnexpectedAnswer       2xx that cannot be read, or a 1xx or 3xx: outcome unknown

Every text built here is free of personal data: an `ApiError` shows status, code, operation,
names of fields and request id. The provider's own words (`message`, `field_errors`, `body`) are
attributes, because they may quote what was sent.
"""

import dataclasses
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from pydantic import BaseModel, ValidationError


HOUSE_RULE = "house_rule"
"""Pydantic error type of the rules our own validators add; their context names rule and field."""


class SmarterPayError(Exception):
    """Anything that can go wrong with a call.

    `operation` is the catalogue's name. `idempotency_key` is the key the request was sent
    under, so that the caller can send the same bytes again; `None` where none was sent.
    """

    operation: str | None = None
    idempotency_key: str | None = None
    retryable: ClassVar[bool] = False
    """Whether the same request may be sent again: a read freely, a write with the same bytes
    under the same key."""

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (type(self), self.args, self._kept_state())

    def _kept_state(self) -> dict[str, Any]:
        """What a pickled copy keeps: it may end in someone else's store."""
        return dict(self.__dict__)


def _restored(
    error_class: type[SmarterPayError], args: tuple[Any, ...], state: dict[str, Any]
) -> SmarterPayError:
    error = error_class.__new__(error_class, *args)
    error.__dict__.update(state)
    return error


class NotConfigured(SmarterPayError):
    """A setting that the client needs is missing; the text names it."""


class InsecureTransport(SmarterPayError):
    """The base would carry the token over plain HTTP off loopback (section 1: HTTPS only)."""


class HeaderRejected(SmarterPayError):
    """A header's name or value breaks section 1; nothing was sent. The value is not shown."""

    def __init__(self, header: str, rule: str) -> None:
        self.header = header
        self.rule = rule
        super().__init__(f"header {header!r} was not sent: {rule}")


@dataclasses.dataclass(frozen=True, slots=True)
class BrokenRule:
    """A field that a request model refused: its name, the rule's slug and its wording."""

    field: str
    rule: str
    wording: str


class InvalidRequest(SmarterPayError):
    """A request model refused its input before a byte left; names fields and rules, no values."""

    def __init__(self, subject: str, broken: Sequence[BrokenRule]) -> None:
        self.subject = subject
        self.broken = tuple(broken)
        rules = "; ".join(f"{rule.field or '(request)'}: {rule.wording}" for rule in self.broken)
        super().__init__(f"{subject} was refused before sending: {rules}")

    @property
    def fields(self) -> tuple[str, ...]:
        """Names of the fields at fault, in the order found."""
        return tuple(rule.field for rule in self.broken)

    @classmethod
    def from_validation(cls, subject: str, error: "ValidationError") -> "InvalidRequest":
        """What pydantic found, without the input that its own text would quote."""
        broken = []
        for found in error.errors(include_url=False, include_input=False):
            context = found.get("ctx", {}) if found["type"] == HOUSE_RULE else {}
            broken.append(
                BrokenRule(
                    field=".".join(
                        str(part)
                        for part in (*found["loc"], context.get("field", ""))
                        if part != ""
                    ),
                    rule=context.get("rule", found["type"]),
                    wording=found["msg"],
                )
            )
        return cls(subject, broken)


class BulkUnfinished(SmarterPayError):
    """A bulk request was not completed within the limit; follow it again, never send it anew.

    `last` is the `ApiRequest` as it was read last, `limit` is seconds. A pickled copy has no
    `last`: its rows quote the provider.
    """

    def __init__(self, operation: str, limit: float, last: "BaseModel | None") -> None:
        self.operation = operation
        self.limit = limit
        self.last = last
        super().__init__(f"{operation}: not completed within {limit:g} s; follow it again")

    def _kept_state(self) -> dict[str, Any]:
        return {**self.__dict__, "last": None}


class TransportError(SmarterPayError):
    """No answer to speak of. `reason` is what the transport met, without request data."""

    retryable = True
    summary: ClassVar[str] = "no answer"

    def __init__(self, operation: str, reason: str) -> None:
        self.operation = operation
        self.reason = reason
        super().__init__(f"{operation}: {self.summary} ({reason})")


class ConnectFailed(TransportError):
    """No connection was made, so nothing was sent."""

    summary = "could not connect, nothing was sent"


class TokenNotFetched(ConnectFailed):
    """No access token could be fetched for now, so nothing was sent (section 1, OAuth)."""

    summary = "no access token could be fetched, nothing was sent"


class TokenRefused(TransportError):
    """The token endpoint gave no access token and will not: nothing was sent (section 1).

    Our client id, secret, scope or address is wrong; the reason is its OAuth error code.
    """

    retryable = False
    summary = "no access token was given, nothing was sent"


class NoAnswer(TransportError):
    """The request was or may have been sent and no complete answer came: outcome unknown."""

    summary = "no complete answer, the outcome is unknown"


@dataclasses.dataclass(frozen=True, slots=True)
class FieldError:
    """One fault the provider found. The message may quote what was sent: not in the repr."""

    field: str = dataclasses.field(repr=False)
    message: str = dataclasses.field(repr=False)


_PLAIN_NAME = re.compile(r"[A-Za-z][A-Za-z_]{0,63}[A-Za-z0-9_]?")


class ApiError(SmarterPayError):
    """The provider answered, and not with the record that was asked for.

    `status` is the HTTP status, `code` the provider's own code (the status again, or a card
    error code), `message` and `field_errors` its words (section 4, "Error body"), `body` the raw
    bytes. None of the last three is ever part of `str` or `repr`, except names of fields.
    """

    advice: ClassVar[str] = ""
    """What the reader can do; part of the text."""

    def __init__(
        self,
        *,
        operation: str,
        status: int,
        code: int | str | None = None,
        message: str = "",
        field_errors: Sequence[FieldError] = (),
        request_id: str | None = None,
        replayed: bool = False,
        body: bytes = b"",
        retry_after: float | None = None,
        explanation: str = "",
    ) -> None:
        self.operation: str = operation
        self.status = status
        self.code = code
        self.message = message
        self.field_errors = tuple(field_errors)
        self.request_id = request_id
        self.replayed = replayed
        self.body = body
        self.retry_after = retry_after
        self.explanation = explanation
        super().__init__(self._text())

    def _text(self) -> str:
        parts = [f"{self.operation}: HTTP {self.status}"]
        if isinstance(self.code, int) and self.code != self.status and 0 <= self.code < 100_000:
            parts.append(f"code {self.code}")
        names = self.shown_fields
        if names:
            parts.append(f"fields {', '.join(names)}")
        if self.request_id:
            parts.append(f"request {self.request_id}")
        if self.replayed:
            parts.append("replayed")
        parts.extend(filter(None, (self.explanation, self.advice)))
        return "; ".join(parts)

    @property
    def shown_fields(self) -> tuple[str, ...]:
        """Field names fit to be shown: those that read as names, so that no value slips in."""
        return tuple(
            error.field for error in self.field_errors if _PLAIN_NAME.fullmatch(error.field)
        )

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._text()!r})"

    def _kept_state(self) -> dict[str, Any]:
        """Everything but the provider's own words, which may quote what was sent."""
        named = tuple(FieldError(name, "") for name in self.shown_fields)
        return {**self.__dict__, "message": "", "body": b"", "field_errors": named}


class Refused(ApiError):
    """The provider said no and did nothing (section 4: 400 and other 4xx)."""


class NotFound(Refused):
    """404: unknown path, or no record with that id."""


class MethodNotAllowed(Refused):
    """405: the resource lacks that method."""


class NotAcceptable(Refused):
    """406: the answer cannot be made in a form the `Accept` header allows."""


class Conflict(Refused):
    """409 for another reason than a key in progress: the target's state conflicts."""


class TryLater(ApiError):
    """Nothing was executed; the same bytes under the same key may be sent later."""

    retryable = True
    advice = "nothing was executed, send the same request again later"


class RequestInProgress(TryLater):
    """409: the first request under this key still runs (section 2)."""

    advice = "the first request under this key still runs, ask again with the same key"


class RateLimited(TryLater):
    """429: the allowance of the window is used up (section 3)."""


class ServiceUnavailable(TryLater):
    """503: maintenance; nothing is remembered under the key (section 4)."""


class KeyReused(ApiError):
    """422: the key was used for another endpoint or payload (section 2)."""

    advice = "never send this key again: it belongs to another request"


class GatewaySilent(ApiError):
    """A card payment that ended in `error`, which is not an input error (section 8).

    The gateway may have charged the card. The platform stored this answer under the key, so that
    sending again would only bring it back: look the payment up by its reference.
    """

    advice = "the outcome is unknown: look the payment up before charging again"


class Misconfigured(ApiError):
    """Nothing was executed because our set-up is wrong: nobody but an operator can help."""

    advice = "check the API key and the base address"


class InvalidToken(Misconfigured):
    """498: the bearer token is missing, bad or expired (section 1)."""


class TlsRequired(Misconfigured):
    """400 with the message `TLS_Required`: the call came over plain HTTP (section 1)."""


class ServerError(ApiError):
    """5xx other than 503: the work may have been done (section 4)."""

    retryable = True
    advice = "the outcome is unknown, send the same bytes again under the same key"


class ReplayedServerError(ServerError):
    """A 500 stored under the key came back: reconcile by list query (section 4)."""

    retryable = False
    advice = "stop and look the record up by its reference"


class UnexpectedAnswer(ApiError):
    """An answer that is no error and cannot be read as the record or list asked for."""

    retryable = True
    advice = "the outcome is unknown"
