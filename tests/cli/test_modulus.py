"""`smarterpay modulus`: lines and verdicts of a list of accounts, and never a number of it."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.bacs.modulus_files import tables_of, weight_line

ACCOUNTS = "sort_code,account_number\n99-01-04,12345670\n99-01-04,12345671\n20-11-52,51013107\n"
NUMBERS = ("12345670", "12345671", "51013107", "99-01-04", "990104", "20-11-52", "201152")


class Desk:
    """A folder with a list of accounts, and a table by which they end in 0 at 99-01-04."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "accounts.csv").write_text(ACCOUNTS)
        tables_of(folder, weight_line("990100", "990199", "MOD10", "000000 00000001"))

    @property
    def by_table(self) -> dict[str, str]:
        """The setting that names the table."""
        return {"SMARTERPAY_MODULUS_WEIGHTS": str(self.folder / "weights.txt")}

    def dated(self, day: str) -> None:
        """The table's date, where the sandbox's first day is 1 June 2026."""
        (self.folder / "weights.txt.date").write_text(day)

    def modulus(
        self, *options: str, given: bytes = b"", by: Mapping[str, str] | None = None
    ) -> "subprocess.CompletedProcess[bytes]":
        """Run `smarterpay modulus ...` by the table, or by other settings."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith("SMARTERPAY_")}
        own = {"SMARTERPAY_HOME": str(self.folder / "home"), "COLUMNS": "200"}
        return subprocess.run(
            [sys.executable, "-m", "smarterpay.cli", "modulus", *options],
            cwd=self.folder,
            env={**kept, **own, **(self.by_table if by is None else by)},
            input=given,
            capture_output=True,
            check=False,
        )


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_lines_and_verdicts_are_told_and_no_number(desk: Desk) -> None:
    desk.dated("2026-05-18")
    done = desk.modulus("--file", "accounts.csv")
    lines = done.stdout.decode().splitlines()
    assert (done.returncode, done.stderr) == (3, b"")
    assert lines[0] == (
        "Account numbers: modulus check by the weight table of 2026-05-18 "
        "(14 days old, by its file beside)."
    )
    assert lines[1] == "line 2  valid by modulus check: the modulus check passed"
    assert lines[2].startswith("line 3  invalid  account-number.modulus-check-failed  ")
    assert lines[3].startswith("line 4  not checked by format rules: ")
    assert lines[4:] == ["1 valid, 1 invalid, 1 not checked"]
    for number in NUMBERS:
        assert number.encode() not in done.stdout
    assert not (desk.folder / "home").exists()


def test_for_scripts_from_standard_input(desk: Desk) -> None:
    desk.dated("2026-03-03")
    given = b"\xef\xbb\xbf" + ACCOUNTS.replace("\n", "\r\n").encode()
    done = desk.modulus("--file", "-", "--json", given=given)
    found = json.loads(done.stdout)
    assert (done.returncode, done.stderr) == (3, b"")
    assert found["modulus_tables"] == {
        "dated": "2026-03-03",
        "date_source": "file beside",
        "days_old": 90,
        "stale": True,
        "substitutions": False,
    }
    assert (found["valid"], found["invalid"], found["not_checked"]) == (1, 1, 1)
    assert [(one["line"], one["outcome"], one["rule"]) for one in found["accounts"]] == [
        (2, "valid", None),
        (3, "invalid", "account-number.modulus-check-failed"),
        (4, "not checked", None),
    ]
    for number in NUMBERS:
        assert number.encode() not in done.stdout


def test_stale_tables_are_said_to_be(desk: Desk) -> None:
    desk.dated("2026-03-03")
    assert b"90 days old, by its file beside). It is stale." in desk.modulus(
        "--file", "accounts.csv"
    ).stdout.replace(b"\n", b" ")


def test_without_tables_only_the_form_is_looked_at_and_that_is_said(desk: Desk) -> None:
    done = desk.modulus("--file", "accounts.csv", by={})
    assert done.returncode == 0
    assert done.stdout.startswith(b"Account numbers: format rules only")
    assert done.stdout.endswith(b"0 valid, 0 invalid, 3 not checked\n")
    as_json = desk.modulus("--file", "accounts.csv", "--json", by={})
    assert json.loads(as_json.stdout)["modulus_tables"] is None


@pytest.mark.parametrize(
    ("options", "given", "settings", "told"),
    [
        (["--file", "missing.csv"], b"", {}, "cannot be opened: No such file"),
        (["--file", "-"], b"\xff\xfe\x00", {}, "not UTF-8 text"),
        (["--file", "-"], b"990104,12345670\n", {}, "must name the columns"),
        (
            ["--file", "accounts.csv"],
            b"",
            {"SMARTERPAY_MODULUS_WEIGHTS": "accounts.csv"},
            "a table of the modulus check is broken: accounts.csv: line 1: 1 fields",
        ),
        (
            ["--file", "accounts.csv"],
            b"",
            {"SMARTERPAY_MODULUS_WEIGHTS": "missing.txt"},
            "a table of the modulus check cannot be read: missing.txt: No such file",
        ),
        (
            ["--file", "accounts.csv"],
            b"",
            {"SMARTERPAY_MODULUS_SUBSTITUTIONS": "accounts.csv"},
            "nothing is checked without SMARTERPAY_MODULUS_WEIGHTS",
        ),
        (
            ["--file", "accounts.csv"],
            b"",
            {"SMARTERPAY_CLOCK_URL": "http://127.0.0.1:9/_sandbox/clock"},
            "the clock of SMARTERPAY_CLOCK_URL is out of reach",
        ),
    ],
)
def test_exit_code_1_when_list_or_table_cannot_be_read(
    desk: Desk, options: list[str], given: bytes, settings: dict[str, str], told: str
) -> None:
    done = desk.modulus(*options, given=given, by=settings)
    shown = done.stdout + done.stderr
    assert done.returncode == 1
    assert done.stderr.startswith(b"Error: ")
    assert told in done.stderr.decode()
    assert b"Traceback" not in shown
    for number in NUMBERS:
        assert number.encode() not in shown


def test_exit_code_2_for_a_number_on_the_command_line(desk: Desk) -> None:
    """It would stay in the shell's history."""
    done = desk.modulus("990104", "12345670")
    assert (done.returncode, done.stdout) == (2, b"")
