"""Bodies of every form an answer can take, by name."""

IN_PROGRESS = (
    b'{"error":{"code":409,"message":"A request with the same Idempotency-Key for the same'
    b' operation is being processed or is outstanding"}}'
)
KEY_REUSED = b'{"error":{"code":422,"message":"Idempotency keys cannot be reused"}}'
TLS_REQUIRED = b'{"error":{"code":400,"message":"TLS_Required"}}'
OTHER_ERROR = (
    b'{"error":{"code":400,"message":"Validation failed",'
    b'"details":[{"field":"amount","message":"must be positive"}]}}'
)

#: A body in which the provider's own word can be read.
SPOKEN: dict[str, bytes] = {
    "documented error": OTHER_ERROR,
    "error text in JSON": b'{"error":"something is wrong"}',
    "flat message": b'{"Message":"something is wrong"}',
    "card error": b'{"status":"error","status_code":"101","status_details":"Unauthorised"}',
    "array of errors": b'[{"message":"something is wrong"}]',
    "errors by field": b'{"message":"wrong","errors":{"amount":["must be positive"]}}',
    "utf-16 JSON": '{"error":{"message":"something is wrong"}}'.encode("utf-16"),
    "JSON string": b'"something is wrong"',
}
#: A body that says nothing, or that a proxy may have written.
UNSPOKEN: dict[str, bytes] = {
    "empty": b"",
    "blank": b" \r\n ",
    "cut off": b'{"error":{"code":500,"message":"Idempo',
    "text": b"Bad gateway",
    "html": b"<!DOCTYPE html><html><head><title>Bad gateway</title></head></html>",
    "empty object": b"{}",
    "other object": b'{"foo":{"bar":[1,2,3]}}',
    "error without message": b'{"error":{"code":400}}',
    "message of another type": b'{"error":{"message":{"text":"no"}}}',
    "empty array": b"[]",
    "null": b"null",
    "number": b"12",
    "true": b"true",
    "latin-1": b'{"error":{"message":"caf\xe9"}}',
    "binary": bytes(range(256)),
    "nested too deep": b"[" * 20_000,
    "huge": b"a" * (256 * 1024 + 1),
    "huge number": b'{"code":' + b"9" * 5000 + b"}",
}
FORMS: dict[str, bytes] = {
    **SPOKEN,
    **UNSPOKEN,
    "in progress": IN_PROGRESS,
    "key reused": KEY_REUSED,
    "tls required": TLS_REQUIRED,
}
#: Forms that are a JSON object, by RFC 8259 and in an encoding JSON knows.
OBJECTS = {
    "documented error",
    "error text in JSON",
    "flat message",
    "card error",
    "errors by field",
    "utf-16 JSON",
    "empty object",
    "other object",
    "error without message",
    "message of another type",
    "in progress",
    "key reused",
    "tls required",
}
