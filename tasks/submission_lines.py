"""The items of the files that went to Bacs (reference, section 7.13)."""

from smarterpay.api.models.submission_line import SubmissionLine
from smarterpay.orchestration.operation import list_operation, read_operation

get_submission_line = read_operation("submission_line.get", SubmissionLine)
list_submission_lines = list_operation("submission_line.list", SubmissionLine)
