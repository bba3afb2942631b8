"""Examples of recurrence schedule operations, as the reference prints them."""

from datetime import date

from smarterpay.api import CloudClient
from smarterpay.api.models.mandate import Mandate
from smarterpay.api.models.recurrence_schedule import (
    RecurrenceSchedule,
    RecurrenceScheduleCreate,
    RecurrenceScheduleUpdate,
)


async def create_recurrence_schedule(cloud: CloudClient, mandate: Mandate) -> None:
    schedule = await cloud.recurrence_schedules.create(
        RecurrenceScheduleCreate(
            auddis=mandate.auddis,
            amount=2500,
            first_collection_amount=3000,
            collection_period="monthly",
            collection_stretch=1,
            collection_day="1",
            first_collection_date=date(2026, 7, 15),
            description="Membership",
            custom_reference="CUST-0042",
        )
    )
    print(schedule.status, schedule.next_collection_date)  # active 2026-07-15


async def get_recurrence_schedule(cloud: CloudClient, schedule: RecurrenceSchedule) -> None:
    found = await cloud.recurrence_schedules.get(schedule.id)
    print(found.amount, found.first_collection_amount)  # 2500 3000


async def update_recurrence_schedule(cloud: CloudClient, schedule: RecurrenceSchedule) -> None:
    changed = await cloud.recurrence_schedules.update(
        schedule.id, RecurrenceScheduleUpdate(end_date=date(2026, 12, 31))
    )
    print(changed.end_date)  # 2026-12-31


async def disable_recurrence_schedule(cloud: CloudClient, schedule: RecurrenceSchedule) -> None:
    # Its pending payments become cancelled; to repeat it changes nothing.
    disabled = await cloud.recurrence_schedules.disable(schedule.id)
    print(disabled.status)  # inactive


async def list_recurrence_schedules(cloud: CloudClient, schedule: RecurrenceSchedule) -> None:
    async for found in cloud.recurrence_schedules.list(status="active"):
        print(found.id == schedule.id)  # True
