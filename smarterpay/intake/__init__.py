"""A merchant's files, from bytes to valid rows and explained rejects."""

from smarterpay.intake.collection_file import COLLECTIONS
from smarterpay.intake.collection_row import CollectionRow
from smarterpay.intake.customer_file import CUSTOMERS
from smarterpay.intake.customer_row import CustomerRow
from smarterpay.intake.file_kind import FileKind
from smarterpay.intake.header import FileLayout, file_layout
from smarterpay.intake.outcomes import BadRow, GoodRow, Reject
from smarterpay.intake.refund_file import REFUNDS
from smarterpay.intake.refund_row import RefundRow
from smarterpay.intake.rejects_file import write_rejects
from smarterpay.intake.row_file import (
    FileCheck,
    check_file,
    file_sha256,
    read_customers,
    read_rows,
)
from smarterpay.intake.rules import RULES, Rule
from smarterpay.intake.unreadable import UnreadableFile

__all__ = [
    "COLLECTIONS",
    "CUSTOMERS",
    "REFUNDS",
    "RULES",
    "BadRow",
    "CollectionRow",
    "CustomerRow",
    "FileCheck",
    "FileKind",
    "FileLayout",
    "GoodRow",
    "RefundRow",
    "Reject",
    "Rule",
    "UnreadableFile",
    "check_file",
    "file_layout",
    "file_sha256",
    "read_customers",
    "read_rows",
    "write_rejects",
]
