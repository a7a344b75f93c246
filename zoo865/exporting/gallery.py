"""A gallery: named examples as vectors, which others are compared with. It grows without training."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np

from zoo865.errors import ZooError
from zoo865.exporting.predictor import Predictor
from zoo865.files import atomic, file_to_write


@dataclass(frozen=True)
class Gallery:
    """Vectors of examples, and of which class each is.

    Args:
        vectors: (examples, dimensions) float32.
        names: of the class of each.
        files: where each is from.
        model: the SHA-256 of the weights that made the vectors: those of another model mean something else.

    Example:
        >>> gallery = Gallery(np.eye(2, 4, dtype="float32"), ("cat", "dog"), ("1.png", "2.png"), "")
        >>> gallery.nearest(np.array([[0.0, 1.0, 0.0, 0.0]]), 1)
        [[{'name': 'dog', 'distance': 0.0, 'file': '2.png'}]]
    """

    vectors: np.ndarray
    names: Sequence[str]
    files: Sequence[str]
    model: str

    def nearest(self, vectors: np.ndarray, count: int = 5) -> list[list[dict]]:
        """The nearest examples of each vector, by Euclidean distance, exactly (scikit-learn).

        Args:
            vectors: (queries, dimensions).
            count: how many of each, or as many as there are.

        Returns:
            Of each query {"name", "distance", "file"} of its nearest, the nearest first.

        Raises:
            ZooError: `count` is below 1, or the gallery is empty, or holds vectors of other dimensions.
        """
        from sklearn.neighbors import NearestNeighbors

        if count < 1:
            raise ZooError(f"count must be at least 1, not {count}", "say how many of the nearest to list")
        if not len(self.vectors):
            raise ZooError("the gallery is empty", "add examples to it: one sub-folder per class")
        if (shape := np.shape(self.vectors)) != (len(self.names), vectors.shape[1]):
            wrong = f"the gallery holds vectors of shape {shape} with {len(self.names):,} names"
            raise ZooError(wrong, f"give each name one vector of {vectors.shape[1]} numbers, as embed makes them")
        if not len(vectors):
            return []
        search = NearestNeighbors(n_neighbors=min(count, len(self.vectors))).fit(self.vectors)
        return [
            [
                {"name": str(self.names[place]), "distance": round(float(away), 4), "file": str(self.files[place])}
                for away, place in zip(*row, strict=True)
            ]
            for row in zip(*search.kneighbors(vectors), strict=True)
        ]

    def save(self, path: str | Path):
        """Writes it to a file, NAME.npz; one that is there is replaced at once or not at all."""
        with atomic(_checked(path)) as temporary, open(temporary, "wb") as file:
            np.savez(
                file, vectors=self.vectors, names=np.array(self.names), files=np.array(self.files), model=self.model
            )


def gallery_of(predictor: Predictor, given: "Gallery | str | Path") -> Gallery:
    """A gallery that `Predictor.nearest` is given: itself, or what `open_gallery` opens.

    Raises:
        ZooError: it is of another model; or as `open_gallery`.
    """
    if not isinstance(given, Gallery):
        return open_gallery(predictor, given)
    return _of_this_model(
        predictor, given, f"the gallery ({given.model[:12]!r})", "zoo865.exporting.gallery.open_gallery"
    )


def open_gallery(predictor: Predictor, place: str | Path) -> Gallery:
    """A gallery file, or one that is made of a folder.

    Args:
        predictor: whose vectors.
        place: what `Gallery.save` wrote; or a folder, or a ZIP archive, with a sub-folder for each class, or with files
            that are called as what they show.

    Returns:
        The gallery.

    Raises:
        ZooError: it is none, is empty, or is of another model.

    Example:
        >>> open_gallery(predictor, "people/").names  # doctest: +SKIP
        ('anna', 'anna', 'ben')
    """
    if not str(place).endswith(".npz"):
        return _of_folder(predictor, place)
    try:
        with np.load(place, allow_pickle=False) as found:
            gallery = Gallery(
                **{name: found[name] for name in ("vectors", "names", "files")}, model=str(found["model"])
            )
    except FileNotFoundError as error:
        raise ZooError(
            f"there is no gallery {place}", "make it: zoo865 nearest RUN --gallery FILE.npz --add FOLDER"
        ) from error
    except (OSError, ValueError, KeyError) as error:
        raise ZooError(f"{place} is no gallery, or damaged", "make it anew with --add FOLDER") from error
    return _of_this_model(predictor, gallery, place, "--add FOLDER")


def added(predictor: Predictor, place: str | Path, folder: str | Path) -> Gallery:
    """A gallery file with the examples of a folder added, made where there is none; it is written.

    Args:
        predictor: whose vectors.
        place: the file, NAME.npz.
        folder: as for `open_gallery`; examples from files that it has already take their place.

    Returns:
        The gallery.

    Raises:
        ZooError: as `open_gallery`.
    """
    new = _of_folder(predictor, folder)
    if _checked(place).is_file():
        old = open_gallery(predictor, place)
        kept = [row for row, file in enumerate(old.files) if str(file) not in set(new.files)]
        new = Gallery(
            np.concatenate([old.vectors[kept], new.vectors]),
            [*(str(old.names[row]) for row in kept), *new.names],
            [*(str(old.files[row]) for row in kept), *new.files],
            new.model,
        )
    new.save(place)
    return new


def fingerprint(predictor: Predictor) -> str:
    """The SHA-256 of an export's graph and weights."""
    digest = hashlib.sha256()
    for path in sorted([predictor.path / "saved_model.pb", *(predictor.path / "variables").glob("*")]):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _of_this_model(predictor: Predictor, gallery: Gallery, called, way: str) -> Gallery:
    if gallery.model != fingerprint(predictor):
        raise ZooError(f"{called} was made by another model than {predictor.origin}", f"make it anew with {way}")
    return gallery


def _checked(path) -> Path:
    if not str(path).endswith(".npz"):
        raise ZooError(f"{path} is not the name of a gallery", "choose one that ends with .npz")
    return file_to_write(path)


def _of_folder(predictor: Predictor, place) -> Gallery:
    (feature,) = predictor.spec.inputs.values()
    tree = feature.files_in(place)
    if not tree.files:
        raise ZooError(f"{place} holds no {feature.kind} to compare with{tree.but}", "one sub-folder per class")
    vectors = predictor.embed(list(tree.files.values()))
    paths = [PurePosixPath(name) for name in tree.files]
    # As the classes of a folder of that form are called, groups too: "Greek/12".
    names = [str(path.parent) if path.parent.name else path.stem for path in paths]
    files = [str(Path(place).expanduser().resolve() / path) for path in paths]
    return Gallery(vectors, names, files, fingerprint(predictor))
