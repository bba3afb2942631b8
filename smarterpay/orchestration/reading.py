"""Reads one record at the provider within the rate budget; knows no journal and no Prefect."""

from smarterpay.api import Answer
from smarterpay.api.wire import Record
from smarterpay.orchestration.runtime import Runtime

#: Invalid token (reference, section 4): worth one more try under a token that was renewed.
TOKEN_SPENT = 498


async def read_record(runtime: Runtime, operation: str, record_id: str) -> tuple[Answer, Record]:
    """The answer to a single read, and the record in it.

    One exchange, and a second one if the token was spent and could be renewed. Raises
    `smarterpay.api` errors, `NotFound` among them.
    """
    client = runtime.client(operation)
    request = client.prepare(operation, id=record_id)
    await runtime.budget.take()
    answer = await client.exchange(request, idempotency_key=None)
    if answer.status == TOKEN_SPENT and await client.renew_token():
        await runtime.budget.take()
        answer = await client.exchange(request, idempotency_key=None)
    record = client.read(operation, answer)
    if not isinstance(record, Record):
        raise TypeError(f"{operation} does not give one record")
    return answer, record
