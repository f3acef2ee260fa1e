"""The part of a script that reads a zip or folder of pictures as the study did."""

from __future__ import annotations

import inspect

from tuning_core.catalog.limits import most
from tuning_core.datasets.pictures.members import HIDDEN, clean, name_of
from tuning_core.datasets.pictures.picture import FORMATS, MOST_DECODED, middle_square
from tuning_core.model_export.script.code import assigned, listed
from tuning_core.model_export.script.facts import Facts

_FILES = '''\
def files(source):
    """(path, bytes) of every file in a zip or folder, in the order of their paths."""
    if source.is_dir():
        places = [place for place in source.rglob("*") if not place.is_symlink()]
        found = {PurePosixPath(p.relative_to(source)): p.read_bytes for p in places if p.is_file()}
    else:
        archive, found = zipfile.ZipFile(source), {}
        for info in archive.infolist():
            path = PurePosixPath(name_of(info).replace("\\\\", "/"))
            if not info.is_dir() and ".." not in path.parts and not path.is_absolute():
                found.setdefault(path, lambda info=info: archive.read(info))
    for path in sorted(found, key=str):
        if not any(part.startswith(".") or part.lower() in HIDDEN for part in path.parts):
            yield path, found[path]'''

_READ = '''\
def read(source):
    """Pixels and class of every picture; one that is twice in a class is taken once."""
    pixels, classes, seen = [], [], set()
    for path, content in files(source):
        label = clean(path.parent.name)
        try:
            body = content()
            image = Image.open(io.BytesIO(body), formats=FORMATS)
            if label not in CLASSES or image.width * image.height > MOST_PIXELS:
                continue
            image.draft("RGB", (2 * SIDE, 2 * SIDE))  # a large JPEG at a fraction of its size
            if image.width * image.height > MOST_DECODED:
                continue
            square = middle_square(image, SIDE)
        except Exception:  # whatever a damaged file makes its decoder raise
            continue
        if (mark := (label, hashlib.sha256(body).digest())) not in seen:
            seen.add(mark)
            pixels.append(np.asarray({square}))
            classes.append(CLASSES.index(label))
    return np.stack(pixels), np.array(classes)'''


def picture_code(facts: Facts) -> str:
    """Code that makes ``x`` and ``y`` of the zip or folder named on the command line."""
    info = facts.raw.info
    square = "square" if len(info.input_shape) == 3 else 'square.convert("L")'
    constants = [
        f"SIDE = {info.input_shape[0]}",
        f"MOST_PIXELS, MOST_DECODED = {int(most('picture_megapixels') * 1e6)}, {MOST_DECODED}",
        assigned("FORMATS", FORMATS),
        assigned("HIDDEN", HIDDEN),
        listed("CLASSES", list(info.class_names)),
    ]
    functions = [
        *(inspect.getsource(function).rstrip() for function in (clean, name_of, middle_square)),
        _FILES,
        _READ.replace("{square}", square),
    ]
    usage = 'if len(sys.argv) != 2:\n    sys.exit("Usage: python train.py PICTURES.zip")'
    return "\n\n\n".join(
        ["\n".join(constants), *functions, f"{usage}\nx, y = read(Path(sys.argv[1]))"]
    )
