"""Write the lock files: exact versions and hashes of everything that is installed.

    make lock

`uv` resolves `requirements*.txt` once for all systems and Pythons. What comes out is parted by who
installs it: `requirements.lock` holds the product, `requirements-torch.lock` torch as the package
registry has it and what only its build for a GPU needs, `requirements-test.lock` what the tests
add, `requirements-tools.lock` what looks at the supply chain. Versions that are locked already
stay, unless `--upgrade` is given.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
OLDEST = "3.11"
TORCH = "torch"
GPU_ONLY = ("nvidia-", "cuda-", "triton")
HEAD = "# Written by `make lock` from {sources}; not by hand.\n"

Blocks = dict[str, list[str]]
"""For each package its entries: there are several where systems need different versions."""


def resolve(source: Path, *, known: str, keep: str = "") -> Blocks:
    """Resolve a file of requirements for all systems.

    Parameters
    ----------
    source
        The file.
    known
        Entries that are locked already: their versions are preferred.
    keep
        Entries whose versions must be taken.
    """
    with tempfile.TemporaryDirectory() as folder:
        out, fixed = Path(folder) / "out.lock", Path(folder) / "fixed.txt"
        out.write_text(known, "utf-8")
        fixed.write_text(keep, "utf-8")
        command = [str(Path(sys.executable).with_name("uv")), "pip", "compile", str(source)]
        command += ["--universal", "--python-version", OLDEST, "--generate-hashes", "--quiet"]
        command += ["--no-config", "--no-header", "--no-annotate", "--no-emit-index-url"]
        command += ["--no-emit-find-links", "--constraints", str(fixed), "--output-file", str(out)]
        subprocess.run(command, check=True, cwd=ROOT)
        return split(out.read_text("utf-8"))


def split(text: str) -> Blocks:
    """Part a lock file by package."""
    blocks: Blocks = {}
    name = ""
    for line in text.splitlines():
        if line[:1].isalnum():
            name = line.partition("==")[0]
            blocks.setdefault(name, []).append(line)
        elif name and line.startswith(" "):
            blocks[name][-1] += f"\n{line}"
    return blocks


def pins(blocks: Blocks) -> str:
    """Entries without their hashes."""
    entries = [entry.partition(" \\")[0] for part in blocks.values() for entry in part]
    return "".join(f"{entry}\n" for entry in entries)


def write(target: str, sources: str, blocks: Blocks) -> None:
    """Write a lock file."""
    entries = [entry for name in sorted(blocks) for entry in blocks[name]]
    head = HEAD.format(sources=sources)
    (ROOT / target).write_text(head + "".join(f"{entry}\n" for entry in entries), "utf-8")
    print(f"{target}: {len(blocks)} packages")


def main(arguments: list[str] | None = None) -> None:
    """Write all lock files."""
    parser = argparse.ArgumentParser(description="Write the lock files.")
    parser.add_argument("--upgrade", action="store_true", help="take the newest that fit")
    options = parser.parse_args(arguments)
    names = ("requirements.lock", "requirements-torch.lock", "requirements-test.lock")
    found = [ROOT / name for name in (*names, "requirements-tools.lock")]
    known = [path.read_text("utf-8") if path.is_file() else "" for path in found]
    if options.upgrade:
        known = [""] * len(known)

    tested = resolve(ROOT / "requirements-test.txt", known="".join(known[:3]))
    product = resolve(ROOT / "requirements.txt", known="".join(known[:2]), keep=pins(tested))
    gpu = {name for name in product if name == TORCH or name.startswith(GPU_ONLY)}
    plain = {name: entries for name, entries in product.items() if name not in gpu}
    more = {name: part for name, part in tested.items() if part != product.get(name)}
    write(names[0], "requirements.txt", plain)
    write(names[1], "requirements.txt", {name: product[name] for name in gpu})
    write(names[2], "requirements-test.txt", more)
    tools = resolve(ROOT / "requirements-tools.txt", known=known[3])
    write("requirements-tools.lock", "requirements-tools.txt", tools)


if __name__ == "__main__":
    main()
