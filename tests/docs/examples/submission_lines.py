"""Examples of submission line operations, as the reference prints them."""

from smarterpay.api import CloudClient
from smarterpay.api.models.submission import Submission
from smarterpay.api.models.submission_line import SubmissionLine


async def get_submission_line(cloud: CloudClient, line: SubmissionLine) -> None:
    found = await cloud.submission_lines.get(line.id)
    print(found.transaction_code, found.type, found.amount)  # 01 payment 2500


async def list_submission_lines(cloud: CloudClient, submission: Submission) -> None:
    lines = cloud.submission_lines.list(submission_id=submission.id)
    print([line.transaction_code async for line in lines])  # ['0N', '01']
