from __future__ import annotations

from pathlib import Path

import pytest

from graders.proctor import KataError, all_katas, find_kata, load_kata

MANIFEST = """
title = "Parcels"
order = 1
level = "core"
minutes = 20
teaches = "Waiting."
hints = ["Who waits?", "For what?", "How long?"]

[points]
concurrency = 3
"""


def kata_folder(tmp_path: Path, manifest: str) -> Path:
    folder = tmp_path / "parcels"
    folder.mkdir()
    (folder / "kata.toml").write_text(manifest, encoding="utf-8")
    return folder


def refused(folder: Path) -> str:
    with pytest.raises(KataError) as caught:
        load_kata(folder)
    return str(caught.value)


def test_a_manifest_is_read(tmp_path: Path) -> None:
    kata = load_kata(kata_folder(tmp_path, MANIFEST))
    assert (kata.slug, kata.manifest.title) == ("parcels", "Parcels")
    assert kata.suite == "graders.suites.parcels"


@pytest.mark.parametrize(
    ("manifest", "complaint"),
    [
        (MANIFEST.replace("minutes", "minuets"), "unknown field `minuets`"),
        (MANIFEST.replace("20", '"20"'), "Expected `int`, got `str` - at `$.minutes`"),
        (MANIFEST.replace("teaches", "# teaches"), "missing required field `teaches`"),
        (MANIFEST.replace("concurrency", "speed"), "points for speed: the categories"),
        (MANIFEST + '[services]\nscan = "sync"\n', "a service is sync: it must be"),
        ("title = ", "Invalid value"),
    ],
)
def test_a_wrong_manifest_is_named_with_its_mistake_and_a_remedy(
    tmp_path: Path, manifest: str, complaint: str
) -> None:
    text = refused(kata_folder(tmp_path, manifest))
    assert text.startswith("parcels/kata.toml: ")
    assert complaint in text
    assert "the keys are title, order, level" in text


def test_a_folder_without_a_manifest_is_no_kata(tmp_path: Path) -> None:
    assert refused(tmp_path).startswith(f"{tmp_path.name!r} is no kata: ")


def test_a_folder_name_that_cannot_be_imported_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "Parcel-Wait"
    folder.mkdir()
    (folder / "kata.toml").write_text(MANIFEST)
    assert "'Parcel-Wait' is not an importable name" in refused(folder)


def test_an_unknown_slug_gets_the_closest_one_as_a_guess() -> None:
    with pytest.raises(KataError, match=r"^There is no kata 'gather_dashboard'\. Did "):
        find_kata("gather_dashboard")
    with pytest.raises(KataError, match=r"^There is no kata '\.\./x'\. See 'kata list"):
        find_kata("../x")


def test_the_katas_come_in_the_order_of_their_manifests() -> None:
    orders = [kata.manifest.order for kata in all_katas()]
    assert orders == sorted(set(orders))
