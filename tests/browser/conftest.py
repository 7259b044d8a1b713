"""A real browser, a JupyterLab to look at with it, and a place for what it saw."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

SCREENSHOTS = Path(__file__).resolve().parent / "screenshots"
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@pytest.fixture(scope="session")
def browser():
    """A headless Chromium."""
    if CHROMIUM is None:
        pytest.skip("There is no Chromium on this machine: nothing was looked at. Install it: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture
def screenshot():
    """Keeps what a page looks like, for a person to see, when asked to: `make screenshots`.

    A long page takes seconds, and no test looks at the picture.
    """

    def keep(page, name, **options):
        if "SCREENSHOTS" not in os.environ:
            return
        SCREENSHOTS.mkdir(exist_ok=True)
        page.screenshot(path=SCREENSHOTS / f"{name}.png", **options)

    return keep


@pytest.fixture(scope="session")
def lab(tmp_path_factory):
    """A JupyterLab on an empty folder, as it is after its installation; yields its address and the folder."""
    home = tmp_path_factory.mktemp("lab")
    folder = home / "notebooks"
    folder.mkdir()
    # No question whether to fetch news, and all cells in the page, so that they can be looked at.
    write(
        home / "config/labconfig/page_config.json",
        {"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": True}},
    )
    write(home / "settings/@jupyterlab/notebook-extension/tracker.jupyterlab-settings", {"windowingMode": "none"})
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {
        **os.environ,
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
        "PYTHONPATH": str(Path(__file__).resolve().parents[2]),
    }
    environment.pop("PYTEST_CURRENT_TEST", None)
    command = [
        sys.executable,
        "-m",
        "jupyterlab",
        "--no-browser",
        "--allow-root",
        f"--port={port}",
        "--ServerApp.port_retries=0",
    ]
    with open(home / "log.txt", "w") as log:
        server = subprocess.Popen(
            [*command, "--IdentityProvider.token=", f"--ServerApp.root_dir={folder}"],
            stdout=log,
            stderr=log,
            env=environment,
        )
    address = f"http://127.0.0.1:{port}"
    try:
        wait_for(address, server, home / "log.txt")
        yield address, folder
    finally:
        server.terminate()
        server.wait(30)


def write(path, content):
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(content), "utf-8")


def wait_for(address, server, log, seconds=300):
    until = time.monotonic() + seconds
    while time.monotonic() < until and server.poll() is None:
        try:
            urllib.request.urlopen(f"{address}/api", timeout=5).close()
            return
        except OSError:
            time.sleep(0.3)
    raise RuntimeError(f"JupyterLab did not start:\n{log.read_text()[-2000:]}")
