"""Which folders of a data set are its parts (training, validation, test), in the layouts that people use."""

from zoo865.data.folder import Folder, listed, two_readings, without_wrappers
from zoo865.data.folder_names import PARTS, part_and_rest, small_words, without_case, words_of
from zoo865.errors import ZooError

Parts = tuple[dict[str, Folder], list[str]]  # part -> its folder, and notes


def parts_of(root: Folder, place, reading: str | None) -> Parts:
    """Part -> its folder, and what is said of them; ({}, []) where folders are not named for parts.

    Args:
        root: the data set.
        place: its folder, for errors.
        reading: what a person says of it, see `zoo865.data.layout.read_layout`.

    Raises:
        ZooError: the layout is ambiguous.
    """
    return _within_classes(root, place, reading) or _with_classes(root) or _beside_each_other(root, place, reading)


def _within_classes(root: Folder, place, reading) -> Parts | None:
    """cat/train, cat/test, dog/train, dog/test."""
    if any(_is_part(name) for name in root.folders):
        return None
    cut = {}
    for name, folder in root.folders.items():
        if not any(map(_is_part, folder.folders)):
            folder = without_wrappers(folder)[0]
        named = {part_and_rest(one)[0]: folder.folders[one] for one in folder.folders if _is_part(one)}
        if not folder.files and "train" in named and len(named) == len(folder.folders):
            cut[name] = named
    if not cut:
        return None
    if whole := next((name for name in root.folders if name not in cut), None):
        name, of_it = next(iter(cut.items()))
        raise ZooError(
            f"{place} has {', '.join(of_it)} in {name}/, but not in {whole}/",
            f"split {whole}/ too, or give the folder that you mean; as classes: --set data_args.layout=classes",
        )
    inner = set.intersection(*({*of_it["train"].folders} for of_it in cut.values()))
    if len(inner) > 1 and reading is None:
        raise two_readings(
            place,
            ("parts", f"the classes {listed(cut)}, each with its own split"),
            ("inner", f"the classes {listed(sorted(inner))} inside them"),
        )
    found = {}
    for name, of_it in cut.items():
        for part, folder in of_it.items():
            classes = folder.folders if reading == "inner" else {name: folder}
            merge(found.setdefault(part, Folder(f"*/{part}")), classes)
    order = [part for part in PARTS if part in found]
    return {part: found[part] for part in order}, [f"The folders {', '.join(order)} are inside the class folders."]


def _with_classes(root: Folder) -> Parts | None:
    """train_cat, train_dog, test_cat, test_dog: each name tells both; parts beside training may be folders as ever."""
    found, plain = {}, {}
    for name, folder in root.folders.items():
        part, rest = part_and_rest(name)
        if not part or (rest and folder.folders):
            return None
        if rest:
            words = [word for word in words_of(name) if word.casefold() in rest]
            found.setdefault(part, Folder(f"{part}_*")).folders[" ".join(words)] = folder
        else:
            plain[part] = folder
    if "train" not in found or "train" in plain or {*found} & {*plain} or len(found) + len(plain) < 2:
        return None
    if any(len(folder.folders) < 2 for folder in found.values()):
        return None
    return found | plain, ["Folder names combine part and class, as in train_cat."]


def _beside_each_other(root: Folder, place, reading) -> Parts:
    """train/, val/ and test/; or dogs/ and dogs_test/ of the same classes."""
    groups: dict[tuple[str, ...], dict[str, list[Folder]]] = {}
    for name, folder in root.folders.items():
        part, rest = part_and_rest(name)
        if part:
            groups.setdefault(rest, {}).setdefault(part, []).append(folder)
    rest, group = max(groups.items(), key=lambda found: (len(found[1]), not found[0]), default=((), {}))
    notes = []
    twins = sorted(group.get("validation", []), key=_is_evaluation)
    if len(twins) == 2 and "test" not in group and _is_evaluation(twins[1]):  # what is called so is the test
        group |= {"validation": twins[:1], "test": twins[1:]}
    if group and "train" not in group:
        apart = [folder for folder in root.folders.values() if not any(folder in of_it for of_it in group.values())]
        if within := _parts_in_one(apart):
            found = _unwrapped(group) | within[0]
            return {part: found[part] for part in PARTS if part in found}, within[1]
        if alike := _of_the_same_classes(apart, group):
            group = {"train": alike, **group}
            notes = [f"{alike[0].name}/ is used for training: it has the same classes as the folders next to it."]
    if not group or (len(group) == 1 and rest):  # one folder with another word beside: train station, test tube
        return {}, []
    if twice := next(((part, folders) for part, folders in group.items() if len(folders) > 1), None):
        said = " and ".join(folder.name for folder in twice[1])
        hint = "merge them, rename one, or use --set data_args.layout=classes"
        raise ZooError(f"{place} has {len(twice[1])} folders for {twice[0]}: {said}", hint)
    found = _unwrapped(group)
    names = {folders[0].name for folders in group.values()}
    others = [name for name in root.folders if name not in names]
    classes = {part: {without_case(name) for name in folder.folders} for part, folder in found.items()}
    if reading == "parts":
        return found, notes
    if "train" in found and not others:
        return found, notes
    if "train" in found and any(classes["train"] & classes[part] for part in found if part != "train"):
        return found, notes  # the same classes in two parts: what stands beside is neither
    if not any(classes.values()) and list(found) == ["train"]:
        return {}, []  # bus, car, train: flat, as their siblings are
    in_parts = ", ".join(f"{part} in {folders[0].name}/" for part, folders in group.items())
    if others and "train" in found:
        in_parts += f", without {listed(others)}"
    elif others:
        in_parts += f", training on the classes {listed(others)}"
    else:
        in_parts += ", without training data"
    raise two_readings(place, ("parts", in_parts), ("classes", f"the classes {listed(root.folders)}"))


def _unwrapped(group: dict[str, list[Folder]]) -> dict[str, Folder]:
    """Part -> the first of its folders, without wrappers."""
    return {part: without_wrappers(folders[0])[0] for part, folders in group.items()}


def _parts_in_one(others: list[Folder]) -> Parts | None:
    """The parts inside the only other folder: data/train and data/valid next to test/."""
    if len(others) != 1:
        return None
    inner = without_wrappers(others[0])[0]
    found = {part_and_rest(name)[0]: folder for name, folder in inner.folders.items() if _is_part(name)}
    if "train" not in found or len(found) < len(inner.folders):
        return None
    return found, [f"The folders {', '.join(found)} are in {inner.path}/."]


def _is_evaluation(folder: Folder) -> bool:
    return bool({*small_words(folder.name)} & {"eval", "evaluation"})


def _of_the_same_classes(others: list[Folder], group: dict[str, list[Folder]]) -> list[Folder]:
    """Those of the other folders that hold two or more classes of those in a group of parts."""
    known = {name for folders in group.values() for folder in folders for name in without_wrappers(folder)[0].folders}
    return [folder for folder in others if len(known & {*without_wrappers(folder)[0].folders}) > 1]


def _is_part(name: str) -> bool:
    part, rest = part_and_rest(name)
    return bool(part) and not rest


def merge(into: Folder, folders: dict[str, Folder]):
    """Puts all files of folders into the folders of the same names."""
    for name, one in folders.items():
        into.folders.setdefault(name, Folder(name)).files.extend(one.all_files())
