"""How people name folders: the words of parts, what is no class, and names that look alike."""

import re
from collections.abc import Iterable

from zoo865.files import name_as_text

PARTS = {  # the words by which people name them
    "train": (
        *("train", "training", "trn", "trainset", "traindata", "trainingsdaten", "entrenamiento", "apprentissage"),
        *("entrainement", "entraînement", "treino", "treinamento", "addestramento", "обучение"),
        *("训练", "训练集", "訓練"),
    ),
    "validation": (
        *("val", "valid", "validation", "validate", "valset", "valdata", "eval", "evaluation", "dev", "development"),
        *("validierung", "validierungsdaten", "validacion", "validación", "validacao", "validação", "validazione"),
        *("валидация", "验证", "验证集", "検証"),
    ),
    "test": (
        *("test", "testing", "tst", "testset", "testdata", "testdaten", "holdout", "prueba", "pruebas", "teste"),
        *("тест", "测试", "测试集", "テスト"),
    ),
}
WITHOUT_LABELS = ("unlabeled", "unlabelled", "unsup", "unsupervised")  # no class, though a folder beside classes
OF_PICTURES = ("images", "image", "imgs", "img", "pictures", "photos", "jpegimages", "data")  # no classes, but a folder
BESIDE_PARTS = (*OF_PICTURES, "set", "dataset", "split", "folder")  # words that change nothing in the name of a part
PIECES = ("part", "batch", "chunk", "shard", "piece", "volume", "vol")  # folders numbered so are one


def part_and_rest(name: str) -> tuple[str, tuple[str, ...]]:
    """("train", ("seg",)) of seg_train, Seg-Train or segTrain; ("", ...) of what names no part, or two."""
    words = [word for word in small_words(name) if not word.isdigit()]  # train2017, 01_train, train_80
    if words[-2:] == ["hold", "out"]:
        words[-2:] = ["holdout"]
    named = [part for word in words for part, known in PARTS.items() if word in known]
    rest = tuple(word for word in words if not any(word in known for known in (*PARTS.values(), BESIDE_PARTS)))
    return (named[0] if len(named) == 1 else ""), rest


def words_of(name: str) -> list[str]:
    """["seg", "Train"] of seg_Train or segTrain."""
    parted = re.sub(r"(?<=[^\W\d_A-Z])(?=[A-Z])", " ", name_as_text(name))
    return re.findall(r"\d+|[^\W\d_]+", parted)


def small_words(name: str) -> list[str]:
    """["seg", "train"] of seg_Train or segTrain."""
    return [word.casefold() for word in words_of(name)]


def spelled_as(classes: dict[str, list], names: Iterable[str]) -> dict[str, list]:
    """Classes by the names of others, where they differ from one of those by capitals alone."""
    names = list(names)
    known = {without_case(name): name for name in names}
    lost = {
        without_case(name) for name in names if sum(without_case(name) == without_case(other) for other in names) > 1
    }
    renamed = {}
    for name, files in classes.items():
        same = name if name in names or without_case(name) in lost else known.get(without_case(name), name)
        renamed.setdefault(same, []).extend(files)
    return renamed


def without_case(name: str) -> str:
    """What names have in common that differ by capitals alone."""
    return name_as_text(name).casefold()
