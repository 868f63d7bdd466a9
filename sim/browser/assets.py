"""Scripts, styles and fonts of the pages, fetched once so that the pages work with no internet.

`python -m sim.browser.assets` puts them where Solara looks for them: below the environment, outside the repository.
Every archive is checked against the digest in `data/assets.sha512`.
"""

from __future__ import annotations

import base64
import dataclasses
import fnmatch
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from sim.errors import RunError

SECONDS = 180
_LINES = (Path(__file__).parent / "data" / "assets.sha512").read_text(encoding="ascii").splitlines()
DIGESTS = {(name, version): digest for name, version, digest in map(str.split, _LINES)}


@dataclasses.dataclass(frozen=True)
class Package:
    """An npm package: what is kept of it, and the folder that pages ask for."""

    name: str
    version: str
    keep: tuple[str, ...]
    asked_as: str

    @property
    def sha512(self) -> str:
        """Digest of the archive, in base64, as it was when it was checked."""
        return DIGESTS[self.name, self.version]


PACKAGES = (
    Package("@widgetti/solara-vuetify-app", "10.1.1", ("dist/*8.css", "dist/fonts.css", "dist/*8.min.js", "dist/*.woff", "dist/*.woff2", "dist/*.ttf",
             "dist/*.eot", "dist/*.svg"), "@widgetti/solara-vuetify-app@10.1.1"),
    Package("requirejs", "2.3.6", ("require.js",), "requirejs@2.3.6"),
    Package("font-awesome", "4.5.0", ("css/font-awesome.min.css", "fonts/*"), "font-awesome@4.5.0"),
    Package("vega", "5.33.1", ("build/vega.min.js",), "vega@5"),
    Package("vega-lite", "5.23.0", ("build/vega-lite.min.js",), "vega-lite@5"),
    Package("vega-embed", "6.29.0", ("build/vega-embed.min.js",), "vega-embed@6"),
    Package("echarts", "5.4.0", ("dist/echarts.js",), "echarts@5.4.0"),
)  # fmt: skip
STAMP = ".weightshift-assets"


def folder() -> Path:
    """Where the server looks for them: `SOLARA_ASSETS_PROXY_CACHE_DIR`, else below the environment."""
    given = os.environ.get("SOLARA_ASSETS_PROXY_CACHE_DIR")
    return Path(given) if given else Path(sys.prefix) / "share" / "solara" / "cdn"


def wanted() -> str:
    """Names and digests of all packages; the stamp of a complete folder."""
    return "\n".join(f"{package.name} {package.version} {package.sha512}" for package in PACKAGES) + "\n"


def complete(where: Path | None = None) -> bool:
    """Whether everything is there."""
    try:
        return ((where or folder()) / STAMP).read_text(encoding="utf-8") == wanted()
    except OSError:
        return False


def fetch(where: Path | None = None) -> Path:
    """Fetch what is missing, check it and put it in place. Raises RunError if that cannot be done."""
    target = where or folder()
    if complete(target):
        return target
    npm = shutil.which("npm")
    if npm is None:
        raise RunError("npm is not installed; with it, 'make setup' fetches the scripts and fonts of the pages")
    with tempfile.TemporaryDirectory() as room:
        for package in PACKAGES:
            unpack(pack(npm, package, Path(room)), package, target)
    (target / STAMP).write_text(wanted(), encoding="utf-8")
    return target


def pack(npm: str, package: Package, room: Path) -> Path:
    """The archive of a package in a folder of its own. Raises RunError if it cannot be had, or is another one."""
    place = room / package.asked_as.replace("/", "-")
    place.mkdir()
    command = [npm, "pack", "--silent", "--ignore-scripts", f"{package.name}@{package.version}"]
    try:
        done = subprocess.run(command, cwd=place, capture_output=True, text=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise RunError(f"{package.name} did not arrive within {SECONDS} seconds") from None
    archive = next(place.glob("*.tgz"), None)
    if done.returncode or archive is None:
        raise RunError(f"{package.name} {package.version} cannot be had: {done.stderr.strip()[:200] or 'no answer'}")
    found = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if found != package.sha512:
        raise RunError(f"{package.name} {package.version} is not the archive that was checked; nothing of it was kept")
    return archive


def unpack(archive: Path, package: Package, target: Path) -> None:
    """Keep the files that pages ask for; each appears whole or not at all."""
    with tarfile.open(archive) as inside:
        for member in inside:
            name = member.name.partition("/")[2]
            stream = inside.extractfile(member) if member.isfile() else None
            if stream is None or ".." in name or not any(fnmatch.fnmatchcase(name, kept) for kept in package.keep):
                continue
            file = target / package.asked_as / name
            file.parent.mkdir(parents=True, exist_ok=True)
            partial = file.with_name(f".{file.name}.partial")
            partial.write_bytes(stream.read())
            partial.replace(file)


def main() -> None:
    """Fetch, and say how it went; without the network that is a note, not a failure."""
    try:
        sys.stdout.write(f"scripts and fonts of the pages: {fetch()}\n")
    except (RunError, OSError, tarfile.TarError) as error:
        sys.stderr.write(f"the pages' scripts and fonts were not fetched: {error}\n")
        sys.stderr.write("everything but 'weightshift browse' works; 'make assets' tries again\n")


if __name__ == "__main__":
    main()
