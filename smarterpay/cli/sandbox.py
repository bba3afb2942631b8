"""`smarterpay sandbox`: run the stand-in SmarterPay in the foreground."""

from pathlib import Path

import click


@click.command()
@click.option("--port", default=8765, show_default=True, help="0 picks a free port.")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option(
    "--state",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Keep the books in this file across restarts.",
)
@click.option("--tls", is_flag=True, help="Serve https with a certificate made on the spot.")
@click.option("--seed", default=1, show_default=True, help="Ids and keys follow from it.")
def sandbox(port: int, host: str, state: Path | None, tls: bool, seed: int) -> None:
    """Run the stand-in SmarterPay: both APIs, no credentials needed.

    The bearer token is `sandbox-key`. Docs at /docs, the OpenAPI document at /openapi.json,
    control calls (clock, faults, settings, books) under /_sandbox/.
    """
    from smarterpay.sandbox.server import main  # noqa: PLC0415 - not for `--help`

    main(port, host=host, state=state, tls=tls, seed=seed)
