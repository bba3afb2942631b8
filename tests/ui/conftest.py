"""A real Chromium and a real sandbox; knows no page."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver import Chrome, ChromeOptions, ChromeService

from tests.sandbox.caller import Caller
from tests.sandbox_process import SandboxProcess

CHROMIUM, DRIVER = Path("/usr/bin/chromium"), Path("/usr/bin/chromedriver")
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1280,1000",
)


@pytest.fixture(scope="package")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    """Chromium with an empty profile, one for all tests of the pages."""
    driver = _program(DRIVER)
    options = ChromeOptions()
    options.binary_location = _program(CHROMIUM)
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('chromium')}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    chrome = Chrome(options=options, service=ChromeService(driver))
    yield chrome
    chrome.quit()


def _program(path: Path) -> str:
    found = str(path) if path.exists() else shutil.which(path.name)
    if found is None:
        pytest.fail(
            f"{path.name} is missing; on Debian: apt-get install chromium chromium-driver",
            pytrace=False,
        )
    return found


@pytest.fixture(scope="package")
def sandbox_program() -> Iterator[SandboxProcess]:
    """One sandbox for all tests of the pages."""
    with SandboxProcess() as sandbox:
        yield sandbox


@pytest.fixture
def api(sandbox_program: SandboxProcess) -> Iterator[Caller]:
    """Calls to the sandbox as it starts."""
    sandbox_program.reset()
    caller = Caller(sandbox_program)
    yield caller
    caller.close()
