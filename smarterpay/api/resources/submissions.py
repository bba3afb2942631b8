"""What went to Bacs, as resources; knows neither mandates nor payments."""

from collections.abc import AsyncIterator
from typing import Unpack

from smarterpay.api.models.submission import Submission
from smarterpay.api.models.submission_line import SubmissionLine, SubmissionLineListQuery
from smarterpay.api.resources.verbs import CodedFilters, Listed, Read


class Submissions(Read[Submission], Listed[Submission]):
    """Files sent to Bacs, one for each service user number and run (section 7.13)."""

    name = "submission"
    record = Submission


class SubmissionLineFilters(CodedFilters, total=False):
    """As every coded list, also by submission or by the record a line carries."""

    submission_id: str | None
    record_id: str | None


class SubmissionLines(Read[SubmissionLine]):
    """The items of submissions (section 7.13)."""

    name = "submission_line"
    record = SubmissionLine

    def list(self, **filters: Unpack[SubmissionLineFilters]) -> AsyncIterator[SubmissionLine]:
        """As every list, also by `transaction_code`, `submission_id` and `record_id`."""
        return self._listed(self.record, SubmissionLineListQuery, **filters)
