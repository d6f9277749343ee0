"""Fetching of catalogued tables from their publishers: resumed, checked, never half-written."""

from __future__ import annotations

import http.client
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from musegnn.border.regular import hash_regular
from musegnn.errors import DataFileError, InputError
from musegnn.knowledge.catalogue import CatalogueEntry, read_catalogue
from musegnn.knowledge.manifest import read_first_checksums, read_manifest, write_manifest

LARGEST_DOWNLOAD: Final = 500_000_000  # bytes
TIMEOUT: Final = 30  # seconds without an answer
TRIES: Final = 3  # connections that may break before a person is asked
_CHUNK: Final = 1 << 16
_SCHEMES: Final = frozenset({"http", "https"})

Report = Callable[[str], None]
Arrived = Callable[[int], None]


class UnreachableError(DataFileError):
    """Nobody answers at an address: the network says no."""


@dataclass(frozen=True)
class Fetched:
    """What became of one table.

    Parameters
    ----------
    name
        Name of the table.
    path
        Where it lies.
    size
        Bytes of the file.
    sha256
        Its checksum.
    was_there
        Whether it was there already, so that nothing was downloaded.
    """

    name: str
    path: Path
    size: int
    sha256: str
    was_there: bool


def fetch_table(
    entry: CatalogueEntry,
    folder: Path,
    *,
    url_base: str = "",
    report: Report = lambda _: None,
    arrived: Arrived = lambda _: None,
) -> Fetched:
    """Download a catalogued table.

    What arrives is kept in `FILE.part` until it is complete, so that a download that was cut goes
    on where it stopped, also in the next call. The file gets its name only when its checksum is
    right.

    Parameters
    ----------
    entry
        What to fetch.
    folder
        Folder to write to; made when missing.
    url_base
        Address of a mirror that has the files under their names; "" for the publisher.
    report
        Called with a sentence when a connection broke and is taken up again.
    arrived
        Called with the bytes that are there whenever some have come; what it raises ends the
        download, and what has come stays for the next call.

    Raises
    ------
    InputError
        If the publisher has no file that can be read, or the address is not http or https.
    UnreachableError
        If nobody answers at the address.
    DataFileError
        If the download breaks, leads to a server that the catalogue does not name, or its checksum
        is wrong.
    """
    if not entry.url:
        msg = (
            f"Expected a table that can be fetched, found {entry.name}, which its publisher has "
            f"as R data only ({entry.page})."
        )
        hint = (
            f"Export it as text and run `musegnn knowledge import FILE --name {entry.name} ...`, "
            f"or lay a copy called {entry.file} into {folder}."
        )
        raise InputError(msg, hint)
    folder = Path(folder)
    expected = entry.sha256 or read_first_checksums(folder).get(entry.name, "")
    target = folder / entry.downloaded_file
    if target.is_file() and expected and hash_regular(target, links=True) == expected:
        return Fetched(entry.name, target, target.stat().st_size, expected, was_there=True)
    url = f"{url_base.rstrip('/')}/{target.name}" if url_base else entry.url
    _check_address(url)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        part = target.with_name(f"{target.name}.part")
        resumed = part.is_file() and part.stat().st_size > 0
        _download(url, part, report, arrived)
        found = hash_regular(part, links=True)
        if expected and found != expected and resumed:  # the beginning was of another release
            part.unlink()
            _download(url, part, report, arrived)
            found = hash_regular(part, links=True)
        if expected and found != expected:
            part.unlink()
            msg = f"Expected {url} with sha256 {expected}, found {found}."
            raise DataFileError(msg, "Nothing was written. The publisher may have changed it.")
        size = part.stat().st_size
        part.replace(target)
    except OSError as error:
        msg = f"Expected to be able to write {target}, found: {error.strerror or error}."
        raise DataFileError(msg, "Check the folder, its permissions and the free space.") from error
    if not entry.sha256:
        checksums = {**read_first_checksums(folder), entry.name: found}
        write_manifest(folder, read_manifest(folder), checksums)
    return Fetched(entry.name, target, size, found, was_there=False)


def _check_address(url: str) -> None:
    """Refuse addresses that are not on the web, such as `file:`."""
    parts = urlsplit(url)
    if parts.scheme not in _SCHEMES or not parts.hostname:
        msg = f"Expected an address that starts with http:// or https://, found {url!r}."
        raise InputError(msg, "Give the address of a web server.")


@cache
def publishers() -> frozenset[str]:
    """Servers that the catalogue names: nothing is asked of others."""
    return frozenset(urlsplit(entry.url).netloc for entry in read_catalogue() if entry.url)


def publishers_of(entries: Iterable[CatalogueEntry]) -> tuple[str, ...]:
    """Servers that some tables come from, sorted."""
    return tuple(sorted({urlsplit(entry.url).netloc for entry in entries}))


class _OnlyWeb(urllib.request.HTTPRedirectHandler):
    """Follow redirects to http and https only, from https to https only, to known servers only."""

    def redirect_request(  # noqa: PLR0917
        self,
        req: urllib.request.Request,
        fp: object,
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        scheme = urlsplit(newurl).scheme
        if scheme not in _SCHEMES or (req.type == "https" and scheme != "https"):
            text = f"Expected a redirect over http or https, found {newurl[:200]!r}."
            raise DataFileError(text, "Nothing was written.")
        if (to := urlsplit(newurl).netloc) not in {*publishers(), urlsplit(req.full_url).netloc}:
            text = f"Expected a redirect to a server of the catalogue, found {to[:200]!r}."
            raise DataFileError(text, "Nothing was written.")
        return super().redirect_request(req, fp, code, msg, headers, newurl)  # type: ignore[arg-type]


def _opener() -> urllib.request.OpenerDirector:
    """Opener that knows http and https and nothing else: no files, no FTP."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
        _OnlyWeb(),
    ):
        opener.add_handler(handler)
    return opener


def _download(url: str, part: Path, report: Report, arrived: Arrived) -> None:
    """Bring a partial file to its full length; a broken connection is taken up again."""
    for attempt in range(1, TRIES + 1):
        before = part.stat().st_size if part.is_file() else 0
        try:
            if _receive(url, part, arrived, start=before):
                return
            problem = "the connection ended early"
        except urllib.error.HTTPError as error:
            error.close()
            if error.code == http.client.REQUESTED_RANGE_NOT_SATISFIABLE and before:
                part.unlink()  # what is there is longer than the file: another release
                continue
            reason = " ".join(str(error.reason).split())
            msg = f"Expected {url}, found the answer {error.code}: {reason}."
            raise DataFileError(msg, "The publisher may have moved it.") from error
        except urllib.error.URLError as error:
            msg = f"Expected to reach {urlsplit(url).netloc}, found: {error.reason}."
            hint = f"Check the network, or copy the file by hand to {part.with_suffix('')}."
            raise UnreachableError(msg, hint) from error
        except (http.client.HTTPException, ConnectionError, TimeoutError) as error:
            problem = str(error) or type(error).__name__
        except OSError as error:
            msg = f"Expected to be able to write {part}, found: {error.strerror or error}."
            raise DataFileError(msg, "Check the folder and the free space.") from error
        size = part.stat().st_size if part.is_file() else 0
        report(f"{part.stem}: {problem} after {size:,} bytes (connection {attempt} of {TRIES})")
    msg = f"Expected all of {url}, found {part.stat().st_size if part.is_file() else 0:,} bytes."
    raise DataFileError(msg, "What arrived is kept: run the command again to go on.")


def _receive(url: str, part: Path, arrived: Arrived, *, start: int) -> bool:
    """Append what the server sends; True when the file is complete."""
    request = urllib.request.Request(url, headers={"User-Agent": "musegnn"})
    if start:
        request.add_header("Range", f"bytes={start}-")
    with _opener().open(request, timeout=TIMEOUT) as response:
        goes_on = response.status == http.client.PARTIAL_CONTENT and str(
            response.headers.get("Content-Range", "")
        ).startswith(f"bytes {start}-")
        size = start if goes_on else 0
        declared = response.headers.get("Content-Length")
        total = size + int(declared) if declared and declared.isdigit() else None
        with part.open("ab" if goes_on else "wb") as stream:
            while chunk := response.read(_CHUNK):
                size += len(chunk)
                if size > LARGEST_DOWNLOAD:
                    msg = f"Expected at most {LARGEST_DOWNLOAD:,} bytes, found more at {url}."
                    raise DataFileError(msg, "Fetch it by hand.")
                stream.write(chunk)
                arrived(size)
    return total is None or size == total
