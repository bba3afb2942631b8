"""Examples of submission operations, as the reference prints them."""

from smarterpay.api import CloudClient
from smarterpay.api.models.submission import Submission


async def get_submission(cloud: CloudClient, submission: Submission) -> None:
    found = await cloud.submissions.get(submission.id)
    print(found.status, found.payment_total_count, found.payment_total_value)  # Submitted 1 2500


async def list_submissions(cloud: CloudClient, submission: Submission) -> None:
    async for found in cloud.submissions.list(sort_order="desc"):
        print(found.id == submission.id)  # True
