"""Archives and packed HDF5 files, which are unpacked before they are read."""

from __future__ import annotations

from musegnn.io.formats.layout import Layout

_ENDINGS = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".7z", ".rar")

LAYOUT = Layout(
    name="archive",
    files="`_RAW.tar`, `.zip`, `.h5.gz`, `.h5ad.gz`",
    makers="GEO, Zenodo, computers of people",
    source="GEO (all samples of a series), Zenodo",
    outcome="refused",
    words="unpack it; the Data page takes an archive of one 10x folder, of datasets such as "
    "`.h5ad` or of one table as it is",
    is_this=lambda sight: (
        not sight.is_folder
        and (
            (sight.name.endswith(_ENDINGS) and not sight.name.endswith(".zarr.zip"))
            or (not sight.is_hdf5 and sight.start.startswith(b"\x89HDF\r\n\x1a\n"))
        )
    ),
    order=60,
    found="an archive or a packed file",
    hint="Unpack it (`tar -xf`, `unzip` or `gunzip`), then give the folder or the file in it: "
    "each sample of a series gives its own graph.",
)
