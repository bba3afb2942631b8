"""Submission: one file sent to Bacs for a service user number (section 7.13), read only."""

from typing import Annotated

from smarterpay.api.wire import Id, Pence, Record, Text, Timestamp, WholeNumber, Wire, open_set
from smarterpay.bacs.item_life_cycles import SubmissionStatus

__all__ = ["Submission", "SubmissionStatus"]


class Submission(Record):
    """A submission: how many of each kind it holds, and values in pence.

    The three mandate counts are those of 0C, 0S and 0N.
    """

    id: Annotated[Id, Wire("Id")]
    created_at: Timestamp = None
    credit_total_count: WholeNumber = None
    credit_total_value: Pence = None
    mandate_cancellation_count: WholeNumber = None
    mandate_convert_count: WholeNumber = None
    mandate_new_instruction_count: WholeNumber = None
    payment_total_count: WholeNumber = None
    payment_total_value: Pence = None
    serial_number: Text = None
    status: Annotated[SubmissionStatus | str | None, open_set(SubmissionStatus)] = None
    sun_name: Text = None
    sun_number: Text = None
