"""Which files of a folder are a bundle, and what is said about the others."""

from __future__ import annotations

from pathlib import Path

import pytest

from interchange import cells
from interchange.files import Batch, BundleFile, Column
from interchange.report import shown
from interchange.services import BundleError, find_files


def load_nothing(batch: Batch) -> None:
    """Stand for the app that would store the rows: these tests read no row."""


def file_named(name: str) -> BundleFile:
    return BundleFile(
        name=name,
        columns=(Column("ref", cells.ref, required=True),),
        key=("ref",),
        load=load_nothing,
    )


FILES = [file_named("clients.csv"), file_named("usage.csv")]


def test_leaves_alone_what_is_meant_for_people(tmp_path: Path) -> None:
    (tmp_path / "clients.csv").write_text("ref\n")
    (tmp_path / "README.md").write_text("# A bundle")
    (tmp_path / "readme.txt").write_text("A bundle")
    (tmp_path / ".clients.csv").write_text("half")
    (tmp_path / "old.csv").mkdir()
    (tmp_path / "expected").mkdir()

    found = find_files(folder=tmp_path, files=FILES)

    assert [each.file.name for each in found] == ["clients.csv"]


@pytest.mark.parametrize(
    "name",
    [
        "cients.csv", "Clients.CSV", "a\x1bb.csv", "usage.csv.txt", "usage.tsv",
        "usage.xlsx", "usage",
    ],
)  # fmt: skip
def test_an_unknown_file_stops_everything(tmp_path: Path, name: str) -> None:
    (tmp_path / "clients.csv").write_text("ref\na\n")
    (tmp_path / name).write_text("ref\n")

    with pytest.raises(BundleError, match=r"Known are: clients\.csv") as caught:
        find_files(folder=tmp_path, files=FILES)

    assert shown(name) in str(caught.value)
    assert "\x1b" not in str(caught.value)


def test_a_folder_must_be_there_and_hold_a_bundle(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="no CSV files"):
        find_files(folder=tmp_path, files=FILES)

    with pytest.raises(BundleError, match="No such file"):
        find_files(folder=tmp_path / "nowhere", files=FILES)

    (tmp_path / "file").write_text("")
    with pytest.raises(BundleError, match="Not a directory"):
        find_files(folder=tmp_path / "file", files=FILES)
