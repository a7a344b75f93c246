"""Writing a page of `zoo865 explain`."""

from pathlib import Path

import keras

from zoo865.files import write_text
from zoo865.reporting.page import page_of


def write_explanation(path: Path, template: str, **values: object) -> Path:
    """Writes a page that says which Keras computed it.

    Args:
        path: the page, as `zoo865.reporting.page.page_path` gives it.
        template: of `zoo865.reporting`.
        values: what the template needs; it is also given "keras", the version, and "backend".

    Returns:
        The path.

    Raises:
        ZooError: it cannot be written.

    Example:
        >>> write_explanation(path, "minibatch.html.jinja", document={})  # doctest: +SKIP
        PosixPath('minibatch.html')
    """
    write_text(path, page_of(template, keras=keras.__version__, backend=keras.backend.backend(), **values))
    return path
