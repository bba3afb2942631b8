"""Reads which mandates cannot be collected on, once for many refused rows; judges no row."""

import asyncio
from collections import defaultdict

from smarterpay.api.models.mandate import MandateStatus
from smarterpay.orchestration.runtime import Runtime

#: On these a payment is refused with 400 (reference, section 7.7, "err").
REFUSING = (
    MandateStatus.ON_HOLD,
    MandateStatus.AWAIT_VALIDATION,
    MandateStatus.FAILED_VALIDATION,
    MandateStatus.EXPIRED,
)


class RefusingMandates:
    """The mandates that refuse payments, by id and by reference; read when first asked for.

    A mandate has no list filter for its reference (section 7.5), so all that refuse are read.
    """

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._by_name: dict[str, set[str]] | None = None
        self._reading = asyncio.Lock()

    async def status_of(self, mandate: str) -> str | None:
        """How the mandate with that id or AUDDIS reference stands, if it refuses payments.

        None also where two mandates of that reference, of two service users, stand differently.
        """
        async with self._reading:
            if self._by_name is None:
                self._by_name = await self._read()
        statuses = self._by_name.get(mandate, set())
        return next(iter(statuses)) if len(statuses) == 1 else None

    async def _read(self) -> dict[str, set[str]]:
        by_name: dict[str, set[str]] = defaultdict(set)
        wanted = ",".join(REFUSING)
        async for mandate in self._runtime.cloud.mandates.list(status=wanted):
            # Not left to the filter, which the provider may ignore (section 6).
            if mandate.dd_status in REFUSING:
                for name in (mandate.id, mandate.auddis):
                    by_name[name or ""].add(str(mandate.dd_status))
        return dict(by_name)
