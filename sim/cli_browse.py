"""`weightshift browse`: the pages on this machine."""

from __future__ import annotations

import os

import typer

from sim.errors import InputError, RunError

LOOPBACK = ("127.0.0.1", "localhost", "::1")
SETTINGS = {
    "SOLARA_TELEMETRY_MIXPANEL_ENABLE": "False",
    "SOLARA_THEME_SHOW_BANNER": "False",
    "SOLARA_THEME_TITLE": "weightshift",
    "SOLARA_THEME_LOADER": "plain",
    "SOLARA_ASSETS_FONTAWESOME_ENABLED": "False",
    "SOLARA_KERNEL_CULL_TIMEOUT": "15m",
    "SOLARA_KERNEL_MAX_COUNT": "40",
}


def browse_command(host: str, port: int, open_page: bool) -> None:
    """Serve the pages until Ctrl-C. Raises InputError if they are not installed, RunError if the port is taken."""
    for name, value in SETTINGS.items():
        os.environ.setdefault(name, value)
    try:
        import solara  # noqa: F401
    except ImportError:
        raise InputError("the pages need more packages: pip install 'weightshift[browser]'") from None
    from sim.browser import assets

    check_port(host, port)
    if not assets.complete():
        typer.echo("fetching scripts and fonts of the pages, once", err=True)
        try:
            assets.fetch()
        except (RunError, OSError) as error:
            raise RunError(
                f"the pages cannot be shown without their scripts and fonts: {error}. Run 'make assets' where there is "
                "a network; afterwards none is needed"
            ) from None
    if host not in LOOPBACK:
        typer.echo(f"open to everybody who can reach {host}: there is no password", err=True)
    typer.echo(f"weightshift is shown at http://{host}:{port}/ (Ctrl-C ends it)", err=True)
    serve(host, port, open_page)


def check_port(host: str, port: int) -> None:
    """Raises RunError if nothing can listen there."""
    import socket

    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise RunError(f"port {port} of {host} cannot be used: {error.strerror}; try --port {port + 1}") from None


def serve(host: str, port: int, open_page: bool) -> None:
    """Solara's own server, in production mode, without reload."""
    from solara.__main__ import run

    arguments = ["sim.browser.app", "--host", host, "--port", str(port), "--production"]
    arguments.append("--open" if open_page else "--no-open")
    run.main(arguments, prog_name="solara", standalone_mode=False)
