"""`python -m smarterpay.sandbox`: the sandbox from a shell; knows only its options."""

import argparse
from pathlib import Path

from smarterpay.sandbox.server import main


def run() -> None:
    """Read the options and serve."""
    parser = argparse.ArgumentParser(
        prog="smarterpay.sandbox", description="A stand-in SmarterPay on this machine."
    )
    parser.add_argument("--port", type=int, default=8765, help="0 takes a free port")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--state", type=Path, help="file the books survive in")
    parser.add_argument("--tls", action="store_true", help="serve https, self-signed")
    parser.add_argument("--seed", type=int, default=1, help="decides every id")
    options = parser.parse_args()
    main(options.port, options.host, options.state, options.tls, options.seed)


if __name__ == "__main__":
    run()
