"""A merchant's customer file, from bytes to valid rows and explained rejects."""

from smarterpay.intake.customer_file import (
    BadRow,
    FileCheck,
    GoodRow,
    Reject,
    check_file,
    file_sha256,
    read_customers,
)
from smarterpay.intake.customer_row import CustomerRow
from smarterpay.intake.header import FileLayout, file_layout
from smarterpay.intake.rejects_file import write_rejects
from smarterpay.intake.rules import RULES, Rule
from smarterpay.intake.unreadable import UnreadableFile

__all__ = [
    "RULES",
    "BadRow",
    "CustomerRow",
    "FileCheck",
    "FileLayout",
    "GoodRow",
    "Reject",
    "Rule",
    "UnreadableFile",
    "check_file",
    "file_layout",
    "file_sha256",
    "read_customers",
    "write_rejects",
]
