"""The rules of Bacs that need no network, file or clock of their own: calendar, dates, codes."""

from smarterpay.bacs.calendar import BankingCalendar, OneOffDays
from smarterpay.bacs.collection_dates import (
    DEFAULT_PROCESSING_DAYS,
    LONDON,
    earliest_date,
    first_working_day,
    london_date,
    stored_date,
)
from smarterpay.bacs.life_cycles import (
    BANK_ACCOUNT_EDGES,
    COLLECTABLE_MANDATES,
    LIVE_MANDATES,
    MANDATE_EDGES,
    SCHEDULE_EDGES,
    BankAccountEvent,
    BankAccountState,
    Edge,
    MandateEvent,
    MandateStatus,
    ScheduleEvent,
    ScheduleStatus,
    caller_event,
    mandate_after,
)
from smarterpay.bacs.reason_codes import DOCUMENTED_CODES, Effect, ReasonCode, reason_code

__all__ = [
    "BANK_ACCOUNT_EDGES",
    "COLLECTABLE_MANDATES",
    "DEFAULT_PROCESSING_DAYS",
    "DOCUMENTED_CODES",
    "LIVE_MANDATES",
    "LONDON",
    "MANDATE_EDGES",
    "SCHEDULE_EDGES",
    "BankAccountEvent",
    "BankAccountState",
    "BankingCalendar",
    "Edge",
    "Effect",
    "MandateEvent",
    "MandateStatus",
    "OneOffDays",
    "ReasonCode",
    "ScheduleEvent",
    "ScheduleStatus",
    "caller_event",
    "earliest_date",
    "first_working_day",
    "london_date",
    "mandate_after",
    "reason_code",
    "stored_date",
]
