"""Recurrence schedules, which create payments by themselves (reference, section 7.11)."""

from smarterpay.api.models.recurrence_schedule import RecurrenceSchedule
from smarterpay.orchestration.operation import list_operation, operation, read_operation

create_recurrence_schedule = operation("recurrence_schedule.create", RecurrenceSchedule)
get_recurrence_schedule = read_operation("recurrence_schedule.get", RecurrenceSchedule)
update_recurrence_schedule = operation("recurrence_schedule.update", RecurrenceSchedule)
disable_recurrence_schedule = operation("recurrence_schedule.disable", RecurrenceSchedule)
list_recurrence_schedules = list_operation("recurrence_schedule.list", RecurrenceSchedule)
