"""Pictures of one's own: read, made small and alike, doubted and refused in words."""

from __future__ import annotations

import io
import os
import struct
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from benchmarks.parts.shapes import SHAPES, encoded, pictures, zipped
from tuning_core.datasets import (
    DataError,
    check_own,
    describe,
    load_rows,
    prepare,
    resolve,
)
from tuning_core.datasets.pictures.picture import grey_levels, read_picture
from tuning_core.datasets.pictures.reading import Pictures, read_pictures
from tuning_core.datasets.pictures.resolving import pictures_path, sentences, store_pictures
from tuning_core.datasets.uploads import uploaded_files
from tuning_core.space import SpecError
from tuning_core.spec.study import StudySpec, parse_spec

RED, BLUE = Image.new("RGB", (40, 40), (200, 30, 30)), Image.new("RGB", (40, 40), (20, 20, 210))


def noisy(seed: int, size: tuple[int, int] = (40, 40), *, grey: bool = False) -> Image.Image:
    """A picture like no other."""
    shape = size[::-1] if grey else (*size[::-1], 3)
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8))


def packed(files: Mapping[str, bytes], folder: Path, name: str = "pictures.zip") -> Path:
    path = folder / name
    with zipfile.ZipFile(path, "w") as archive:
        for member, content in files.items():
            archive.writestr(member, content)
    return path


def plain(each: int = 4) -> dict[str, bytes]:
    """Two classes without a fault."""
    return {
        f"{label}/{number}.png": encoded(noisy(100 * place + number), "PNG")
        for place, label in enumerate(("cats", "dogs"))
        for number in range(each)
    }


def read(files: Mapping[str, bytes], folder: Path, side: int = 32) -> Pictures:
    return read_pictures(packed(files, folder), side)


def said(found: Pictures) -> dict[str, str]:
    return {doubt.path: doubt.words for doubt in found.doubts}


def test_a_zip_and_a_folder_of_class_folders_are_read_alike(tmp_path: Path) -> None:
    archive = packed(plain(), tmp_path)
    folder = tmp_path / "unpacked"
    with zipfile.ZipFile(archive) as opened:
        opened.extractall(folder)
    one, other = read_pictures(archive, 28), read_pictures(folder, 28)
    assert one.classes == other.classes == ("cats", "dogs")
    assert one.counts == {"cats": 4, "dogs": 4}
    assert one.x.shape == (8, 28, 28, 3)
    np.testing.assert_array_equal(one.x, other.x)
    np.testing.assert_array_equal(one.y, other.y)
    assert one.doubts == one.notes == ()
    assert one.sha256 != other.sha256
    (folder / "cats" / "0.png").write_bytes(encoded(noisy(9), "PNG"))
    assert read_pictures(folder, 28).sha256 != other.sha256


KINDS: dict[str, dict[str, Any]] = {
    "JPEG": {"quality": 95},
    "PNG": {},
    "GIF": {},
    "BMP": {},
    "WEBP": {"lossless": True},
}


def of_mode(mode: str) -> Image.Image:
    """A red that is a grey where the mode has no colours; half transparent where it may be."""
    if mode == "I;16":
        return Image.fromarray(np.full((40, 40), 77 * 256, np.uint16))
    image = RED.convert("L").convert(mode) if mode != "CMYK" else RED.convert(mode)
    if mode in ("RGBA", "LA"):
        image.putalpha(128)
    return image


HOLDS = {
    "JPEG": ("RGB", "L", "CMYK"),
    "PNG": ("RGB", "L", "P", "1", "RGBA", "LA", "I;16"),
    "GIF": ("L", "P"),
    "BMP": ("RGB", "L", "P", "1"),
    "WEBP": ("RGB", "RGBA"),
}


@pytest.mark.parametrize(("kind", "mode"), [(k, m) for k, modes in HOLDS.items() for m in modes])
def test_every_kind_and_mode_becomes_the_same_colours(kind: str, mode: str, tmp_path: Path) -> None:
    content = encoded(of_mode(mode), kind, **KINDS[kind])
    found = read({**plain(), "cats/it.x": content}, tmp_path)
    pixel = found.x[4].astype(float)  # After the four cats whose names are numbers.
    level = float(np.asarray(RED.convert("L"))[0, 0])
    half = (level + 255) / 2
    expected: dict[str, Any] = {"CMYK": (200, 30, 30), "RGBA": half, "LA": half, "1": pixel.mean()}
    near = 40 if mode == "CMYK" else 6 if mode != "1" else 255
    np.testing.assert_allclose(pixel.mean(axis=(0, 1)), expected.get(mode, level), atol=near)
    words = {"CMYK": "CMYK", "RGBA": "transparency", "LA": "transparency"}.get(mode)
    assert [note for note in found.notes if words and words in note] == list(found.notes)
    assert bool(found.notes) == (words is not None)


def test_a_picture_stands_as_its_camera_was_held(tmp_path: Path) -> None:
    upright = Image.new("RGB", (80, 60), "black")
    upright.paste((255, 255, 255), (0, 0, 80, 30))  # The sky is above.
    files = plain()
    for orientation in range(1, 9):
        turned = {
            1: upright,
            2: upright.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
            3: upright.rotate(180),
            4: upright.transpose(Image.Transpose.FLIP_TOP_BOTTOM),
            5: upright.transpose(Image.Transpose.TRANSPOSE),
            6: upright.rotate(90, expand=True),
            7: upright.transpose(Image.Transpose.TRANSVERSE),
            8: upright.rotate(-90, expand=True),
        }[orientation]
        exif = Image.Exif()
        exif[0x0112] = orientation
        exif[0x010E] = str(orientation)
        files[f"sky/{orientation}.jpg"] = encoded(turned, "JPEG", exif=exif.tobytes(), quality=95)
    found = read(files, tmp_path)
    skies = found.x[found.y == found.classes.index("sky")]
    assert len(skies) == 8
    assert skies[:, :12].min() > 200
    assert skies[:, 20:].max() < 50


def test_the_middle_square_of_a_picture_is_seen(tmp_path: Path) -> None:
    wide = Image.new("RGB", (300, 100), "white")
    wide.paste((0, 0, 0), (100, 0, 200, 100))
    high = Image.new("RGB", (100, 700), "white")
    high.paste((0, 0, 0), (0, 300, 100, 400))
    files = {**plain(), "dogs/wide.png": encoded(wide, "PNG"), "dogs/x.png": encoded(high, "PNG")}
    found = read(files, tmp_path)
    assert found.x[-2:, 2:-2, 2:-2].max() < 20
    assert said(found)["dogs/x.png"].startswith("is 100 x 700 pixels: only its middle square")


def test_a_large_photograph_is_read_quickly_and_as_a_small_one(tmp_path: Path) -> None:
    small = noisy(3, (32, 24))
    large = small.resize((1_600, 1_200), Image.Resampling.BICUBIC)
    files = {**plain(), "dogs/large.jpg": encoded(large, "JPEG", quality=90)}
    found = read(files, tmp_path)
    same = read({**plain(), "dogs/large.jpg": encoded(large, "PNG")}, tmp_path)
    difference = np.abs(found.x[-1].astype(int) - same.x[-1].astype(int))
    assert difference.mean() < 6


def test_grey_pictures_are_grey_and_one_with_colours_makes_all_colourful(tmp_path: Path) -> None:
    files = {
        f"{label}/{n}.jpg": encoded(noisy(n, grey=True).convert("RGB"), "JPEG")
        for label, first in (("a", 0), ("b", 10))
        for n in range(first, first + 5)
    }
    assert not read(files, tmp_path).colour
    assert read({**files, "b/red.png": encoded(RED, "PNG")}, tmp_path).colour


def test_grey_levels_are_those_of_pillow() -> None:
    image = noisy(5, (64, 64))
    np.testing.assert_array_equal(grey_levels(np.asarray(image)), np.asarray(image.convert("L")))


@settings(max_examples=120, deadline=None)
@given(data=st.data())
def test_any_bytes_are_a_picture_or_a_sentence(data: st.DataObject) -> None:
    whole = BASES[data.draw(st.sampled_from(sorted(BASES)))]
    body = bytearray(whole[: data.draw(st.integers(1, len(whole)))])
    for _ in range(data.draw(st.integers(0, 6))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    picture = read_picture(bytes(body), "x.png", 28)
    assert picture.pixels is not None or picture.doubts
    assert picture.pixels is None or picture.pixels.shape == (28, 28, 3)


BASES = {kind: encoded(noisy(8, (24, 24)), kind) for kind in ("JPEG", "PNG", "GIF", "BMP", "WEBP")}


def bomb() -> bytes:
    """A PNG of 60,000 x 60,000 pixels in a few kilobytes."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0" * 100_000))
        + chunk(b"IEND", b"")
    )


def large(side: int) -> bytes:
    return encoded(Image.new("1", (side, side)), "PNG")


REFUSED: dict[str, tuple[bytes, str]] = {
    "cats/empty.png": (b"", "is empty"),
    "cats/cut.jpg": (encoded(noisy(1, (300, 300)), "JPEG")[:5_000], "is cut off"),
    "cats/damaged.png": (encoded(noisy(1), "PNG")[:60] + b"\0" * 9_000, "cannot be read"),
    "cats/bomb.png": (bomb(), "million pixels"),
    "cats/large.png": (large(6_000), "million pixels"),
    "cats/text.txt": (b"hello", "is no picture that is read"),
    "cats/photo.heic": (b"\0\0\0\x18ftypheic", "is a HEIC, which is not read"),
    "cats/drawing.svg": (b"<svg onload='alert(1)'/>", "is a SVG, which is not read"),
    "cats/script.jpg": (b"<?php echo 1 ?>" * 20, "is no picture"),
    "cats/plan.eps": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n", "is a EPS"),
    "cats/inner.zip": (zipped(1), "is no picture"),
    "cats/inner.png": (zipped(1), "is no picture"),
    "loose.png": (encoded(noisy(2), "PNG"), "lies in no folder"),
    f"{'deep/' * 300}red/1.png": (encoded(noisy(2), "PNG"), "more than 1,000 letters"),
    f"{'n' * 300}/1.png": (encoded(noisy(2), "PNG"), "more than 200 letters"),
    f"{'ü' * 201}/1.png": (encoded(noisy(2), "PNG"), "more than 200 letters"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_that_cannot_be_used_is_left_out_and_named(name: str, tmp_path: Path) -> None:
    content, words = REFUSED[name]
    found = read({**plain(), name: content}, tmp_path)
    [doubt] = found.doubts
    assert (doubt.path, doubt.kept) == (name[:1_000], False)
    assert words in doubt.words
    assert found.counts == {"cats": 4, "dogs": 4}


def test_odd_pictures_are_kept_and_said(tmp_path: Path) -> None:
    frames = [noisy(n) for n in range(3)]
    moving = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    one = encoded(noisy(50), "PNG")
    files = {
        **plain(),
        "cats/m.gif": moving,
        "cats/red.png": encoded(RED, "PNG"),
        "cats/z.png": one,
    }
    found = read({**files, "cats/zz.png": one, "dogs/z.png": one}, tmp_path)
    assert said(found) == {
        "cats/m.gif": "is animated: its first frame is taken",
        "cats/red.png": "is of one colour all over",
        "cats/zz.png": "is the same file as cats/z.png: it is taken once",
        "dogs/z.png": "is the same picture as cats/z.png, of another class",
    }
    assert {doubt.path: doubt.kept for doubt in found.doubts}["cats/zz.png"] is False
    assert found.counts == {"cats": 7, "dogs": 5}
    first = np.asarray(Image.open(io.BytesIO(moving)).convert("RGB").resize((32, 32)))
    assert np.abs(found.x[4].astype(int) - first.astype(int)).mean() < 25


def test_hidden_files_are_skipped_and_nested_folders_explained(tmp_path: Path) -> None:
    files = {f"mine/train/{path}": content for path, content in plain().items()}
    files |= {
        f"mine/test/{path}": encoded(noisy(900 + place), "PNG")
        for place, path in enumerate(plain(1))
    }
    hidden = {
        "__MACOSX/mine/train/cats/._0.png": b"\0\5\x16\7",
        "mine/.DS_Store": b"x",
        "mine/train/cats/Thumbs.db": b"x",
        "mine/train/.hidden/1.png": b"x",
        "mine/train/dogs/desktop.ini": b"x",
    }
    found = read(files | hidden, tmp_path)
    assert found.counts == {"cats": 5, "dogs": 5}
    assert found.doubts == ()
    assert "'cats' are those in mine/test/cats, mine/train/cats" in found.notes[0]
    assert found.notes[1] == "5 hidden files of the system left out."


TOO_LITTLE: dict[str, tuple[dict[str, bytes], str]] = {
    "nothing": ({}, "No picture was found"),
    "one class": ({f"cats/{n}.png": encoded(noisy(n), "PNG") for n in range(9)}, "one class"),
    "no folder": ({f"{n}.png": encoded(noisy(n), "PNG") for n in range(9)}, "lies in no folder"),
    "no picture": ({"cats/1.txt": b"a", "dogs/1.txt": b"b"}, "cats/1.txt is no picture"),
}


@pytest.mark.parametrize("name", TOO_LITTLE)
def test_what_no_study_can_be_made_of_is_a_sentence(name: str, tmp_path: Path) -> None:
    files, words = TOO_LITTLE[name]
    with pytest.raises(DataError, match=words) as refused:
        read(files, tmp_path)
    assert str(refused.value).endswith(".")


def test_two_files_are_too_few_to_divide(tmp_path: Path) -> None:
    files = {"cats/1.png": encoded(noisy(1), "PNG"), "dogs/1.png": encoded(noisy(2), "PNG")}
    spec = completed({"id": f"images:{packed(files, tmp_path)}"}, tmp_path)
    with pytest.raises(SpecError, match="2 rows leave none"):
        check_own(spec.dataset, 1, tmp_path)


def completed(dataset: dict[str, Any], home: Path, **warn: Any) -> StudySpec:
    document = resolve({"dataset": dataset}, home, local_files=True, **warn)
    return parse_spec({**document, "model": {"family": "cnn"}}, local_files=True)


def test_names_of_a_zip_lead_nowhere(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    files = {
        "../outside/1.png": encoded(noisy(1), "PNG"),
        "/tmp/outside/1.png": encoded(noisy(2), "PNG"),
        "cats/../../outside/2.png": encoded(noisy(3), "PNG"),
        "cats\\..\\..\\3.png": encoded(noisy(4), "PNG"),
    }
    found = read({**plain(), **files}, tmp_path)
    assert found.counts == {"cats": 4, "dogs": 4}
    assert {doubt.words for doubt in found.doubts} == {"has a path that leads out of the zip"}
    assert not outside.exists()


def test_a_link_in_a_folder_is_not_followed(tmp_path: Path) -> None:
    secret = tmp_path / "secret.png"
    secret.write_bytes(encoded(noisy(7), "PNG"))
    folder = tmp_path / "mine"
    for path, content in plain().items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    os.symlink(secret, folder / "cats" / "link.png")
    os.symlink(tmp_path, folder / "loop")
    found = read_pictures(folder, 32)
    assert said(found) == {"cats/link.png": "is a link; put the picture itself there"}


def test_a_zip_bomb_is_refused_before_it_is_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(3):
            archive.writestr(f"cats/{number}.bmp", b"\0" * 7_000_000)
    monkeypatch.setattr("tuning_core.datasets.pictures.members.MOST_BYTES", 20_000_000)
    with pytest.raises(DataError, match="21 MB unpacked"):
        read_pictures(path, 32)
    crowd = {f"cats/{n}.png": b"" for n in range(61_000)}
    with pytest.raises(DataError, match="more than 20,000 pictures"):
        read(crowd, tmp_path)
    many = {f"cats/{n}.png": b"" for n in range(40)}
    monkeypatch.setenv("TUNESCAPE_LIMITS", "pictures=30")
    with pytest.raises(DataError, match="more than 30 pictures"):
        read(many, tmp_path)
    monkeypatch.setenv("TUNESCAPE_LIMITS", "pictures=2")
    with pytest.raises(DataError, match="more than 2 pictures"):
        read(many, tmp_path)
    monkeypatch.setenv("TUNESCAPE_LIMITS", "picture_mb=1")
    heavy = encoded(noisy(1, (800, 800)), "BMP")
    found = read({**plain(), "cats/heavy.bmp": heavy}, tmp_path)
    assert said(found) == {"cats/heavy.bmp": "has more than 1 MB"}


def test_pictures_that_take_hours_to_decode_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tuning_core.datasets.pictures.reading.MOST_PIXELS", 2_000_000)
    plains = {f"cats/{n}.png": encoded(Image.new("1", (1_000, 900 + n)), "PNG") for n in range(3)}
    with pytest.raises(DataError, match="more than 2 million pixels in all"):
        read({**plain(), **plains}, tmp_path)
    # Cut off, too: it is decoded up to there.
    cut = {name: content[:-20] for name, content in plains.items()}
    with pytest.raises(DataError, match="more than 2 million pixels in all"):
        read({**plain(), **cut}, tmp_path)


@pytest.mark.parametrize("content", [b"", b"a,b\n1,2\n", b"PK\x03\x04" + b"\0" * 100, b"PK"])
def test_what_is_no_zip_is_refused(content: bytes, tmp_path: Path) -> None:
    if not content.startswith(b"PK\x03\x04"):
        with pytest.raises(DataError, match="no zip file"):
            store_pictures(content, tmp_path, "x.zip")
        assert not list(uploaded_files(tmp_path))
    path = tmp_path / "it.zip"
    path.write_bytes(content)
    with pytest.raises(DataError, match="no zip file"):
        read_pictures(path, 32)
    with pytest.raises(DataError, match="does not exist"):
        read_pictures(tmp_path / "missing.zip", 32)


def test_a_name_of_a_mac_s_zip_keeps_its_letters(tmp_path: Path) -> None:
    path = packed({name.replace("cats", "kätzchen"): c for name, c in plain().items()}, tmp_path)
    # Such a zip does not say that its names are UTF-8.
    body = path.read_bytes()
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = body.find(mark)
        while at >= 0:
            flags = int.from_bytes(body[at + place : at + place + 2], "little") & ~0x800
            body = body[: at + place] + flags.to_bytes(2, "little") + body[at + place + 2 :]
            at = body.find(mark, at + 4)
    path.write_bytes(body)
    assert read_pictures(path, 32).classes == ("dogs", "kätzchen")


def test_an_upload_goes_the_whole_way_to_the_rows_of_a_search(tmp_path: Path) -> None:
    identity = store_pictures(zipped(12), tmp_path, "shapes.zip", user="ann")
    path = pictures_path(identity, tmp_path)
    assert list(uploaded_files(tmp_path)) == [path]
    assert path.stat().st_mode & 0o077 == 0
    warned: list[str] = []
    spec = completed({"id": identity, "side": 28}, tmp_path, warn=warned.append)
    assert warned == []
    assert spec.dataset.classes == sorted(SHAPES)
    assert (spec.dataset.colour, spec.dataset.sha256) == (True, identity.removeprefix("upload:"))
    info = describe(spec.dataset, tmp_path)
    assert (info.rows, info.input_shape, info.row_shape) == (60, (28, 28, 3), (28, 28, 3))
    assert check_own(spec.dataset, 1, tmp_path) == []
    data = prepare(spec.dataset, tmp_path)
    assert data.sizes == {"train": 42, "validation": 12, "test": 6}
    assert data.train.x.shape == (42, 28 * 28 * 3)
    assert 0 <= data.train.x.min() < data.train.x.max() <= 1
    grey = spec.dataset.model_copy(update={"colour": False})
    raw = load_rows(grey, tmp_path)
    colourful = load_rows(spec.dataset, tmp_path)
    assert raw.x.shape == (60, 28, 28)
    np.testing.assert_array_equal(raw.x, grey_levels(colourful.x))


def test_what_was_read_is_kept_for_the_next_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = packed({**plain(), "cats/x.txt": b"x", ".DS_Store": b"x"}, tmp_path)
    first = read_pictures(path, 32, tmp_path)
    monkeypatch.setattr("tuning_core.datasets.pictures.reading.read_picture", None)
    again = read_pictures(path, 32, tmp_path)
    np.testing.assert_array_equal(first.x, again.x)
    np.testing.assert_array_equal(first.y, again.y)
    assert (first.doubts, first.notes, first.classes) == (again.doubts, again.notes, again.classes)


def test_changed_pictures_refuse_to_go_on(tmp_path: Path) -> None:
    path = packed(plain(8), tmp_path)
    spec = completed({"id": f"images:{path}", "side": None}, tmp_path)
    assert spec.dataset.side == 32
    packed({**plain(8), "cats/new.png": encoded(noisy(77), "PNG")}, tmp_path)
    with pytest.raises(DataError, match=r"dataset\.sha256: the pictures are not those"):
        load_rows(spec.dataset, tmp_path)


def test_a_spec_says_what_is_for_tables_and_what_for_pictures(tmp_path: Path) -> None:
    upload = "upload:" + "0" * 64
    for dataset, field in (
        ({"id": upload, "side": 32, "target": "x"}, r"dataset\.target: is for tables"),
        ({"id": "iris", "side": 32}, r"dataset\.side: is for pictures"),
        ({"id": "iris", "target": "x"}, r"dataset\.target: is for tables"),
        ({"id": upload, "side": 30}, r"dataset\.side"),
        ({"id": f"images:{tmp_path}"}, "only be named on the command line"),
        ({"id": upload, "colour": True, "target": "x", "task": "regression"}, r"dataset\.colour"),
    ):
        with pytest.raises(SpecError, match=field):
            parse_spec({"dataset": dataset})


def test_the_order_of_classes_may_be_given(tmp_path: Path) -> None:
    path = packed(plain(8), tmp_path)
    spec = completed({"id": f"images:{path}", "classes": ["dogs", "cats"]}, tmp_path)
    raw = load_rows(spec.dataset, tmp_path)
    assert raw.info.class_names == ("dogs", "cats")
    assert raw.y.tolist() == [1] * 8 + [0] * 8
    with pytest.raises(SpecError, match=r"dataset\.classes: expected the folders cats, dogs"):
        completed({"id": f"images:{path}", "classes": ["dogs", "cows"]}, tmp_path)


def test_many_doubts_are_counted(tmp_path: Path) -> None:
    files = {**plain(), **{f"cats/{n}.txt": b"x" for n in range(30)}}
    lines = sentences(read(files, tmp_path))
    assert lines[-1] == "10 more files are doubtful."
    assert len(lines) == 21


def test_drawn_shapes_are_the_same_for_the_same_seed() -> None:
    first, again = (dict(pictures(2, seed=4)) for _ in range(2))
    assert all(np.array_equal(np.asarray(first[p]), np.asarray(again[p])) for p in first)
