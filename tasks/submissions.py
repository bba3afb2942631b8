"""Files that went to Bacs (reference, section 7.13)."""

from smarterpay.api.models.submission import Submission
from smarterpay.orchestration.operation import list_operation, read_operation

get_submission = read_operation("submission.get", Submission)
list_submissions = list_operation("submission.list", Submission)
