"""Install what the lock files name, and nothing else, into the environment that runs this.

    python deploy/install.py            the dashboard and the library
    python deploy/install.py --test     what the tests add
    python deploy/install.py --tools    what looks at the supply chain

pip compares each file with its hash, takes no other dependency, and builds with what was compared.
One package is an exception: torch. Its plain build is locked as well, but a machine may be set up
to take another build of the same version, for the CPU or a certain GPU, and no list of ours can
hold the hashes of all of them. Such a build is installed by its version, and this is said; one that
is in the environment already stays. `--unlocked` installs from `requirements.txt` without any hash,
for a registry that serves other files. Needs nothing but Python and pip.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PIP = (sys.executable, "-m", "pip")
BY_HASH = ("--no-deps", "--require-hashes", "--no-build-isolation")
BUILDER = "setuptools"  # builds the few packages that come as source, and this one


def pip(*arguments: str) -> None:
    """Run pip; its own words tell what fails.

    Raises
    ------
    SystemExit
        If it fails.
    """
    done = subprocess.run([*PIP, *arguments], cwd=ROOT, check=False)
    if done.returncode:
        sys.exit(done.returncode)


def install_locked(lock: str, *, first: str = "") -> None:
    """Install all that a lock file names, one package before the others where it is named."""
    if first:
        with tempfile.TemporaryDirectory() as folder:
            part = Path(folder) / "first.lock"
            part.write_text(entry_of(lock, first), "utf-8")
            pip("install", *BY_HASH, "-r", str(part))
    pip("install", *BY_HASH, "-r", lock)


def entry_of(lock: str, name: str) -> str:
    """Lines of a lock file about one package."""
    text = (ROOT / lock).read_text("utf-8")
    found = re.findall(rf"^{re.escape(name)}==.*(?:\n .*)*\n", text, re.MULTILINE)
    return "".join(found)


def locked_version(name: str, lock: str) -> str:
    """Version of a package in a lock file."""
    return entry_of(lock, name).partition("==")[2].split()[0]


def installed_version(name: str) -> str:
    """Version of a package in this environment, "" when there is none."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


def own_builds(listing: str, version: str) -> list[str]:
    """Builds of a version that pip lists besides the plain one, best first."""
    return re.findall(rf"\b{re.escape(version)}\+[a-z0-9.]+", listing)


def install_torch(lock: str) -> None:
    """Install torch: by hash, or by version where this machine has a build of its own."""
    version = locked_version("torch", lock)
    here = installed_version("torch")
    if here.partition("+")[0] == version:
        print(f"torch {here} is installed already and stays; it is not compared with a hash.")
        return
    asked = subprocess.run(
        [*PIP, "index", "versions", "torch"], capture_output=True, text=True, check=False, cwd=ROOT
    )
    own = own_builds(asked.stdout, version)
    if not own:
        install_locked(lock)
        return
    print(
        f"pip is set up here to take torch {own[0]}, a build that no lock file can know: it is "
        "installed by its version, without comparing a hash."
    )
    pip("install", f"torch=={own[0]}")


def main(arguments: list[str] | None = None) -> None:
    """Install what is asked for."""
    parser = argparse.ArgumentParser(description="Install what the lock files name.")
    chosen = parser.add_mutually_exclusive_group()
    chosen.add_argument("--test", action="store_true", help="what the tests add")
    chosen.add_argument("--tools", action="store_true", help="what looks at the supply chain")
    chosen.add_argument("--unlocked", action="store_true", help="without any hash")
    options = parser.parse_args(arguments)
    if options.test:
        install_locked("requirements-test.lock")
    elif options.tools:
        install_locked("requirements-tools.lock")
    else:
        if options.unlocked:
            print("Installing without hashes: nothing is compared with what was tested.")
            pip("install", "-r", "requirements.txt", BUILDER)
        else:
            install_locked("requirements.lock", first=BUILDER)
            install_torch("requirements-torch.lock")
        pip("install", "--no-deps", "--no-build-isolation", "-e", ".")


if __name__ == "__main__":
    main()
