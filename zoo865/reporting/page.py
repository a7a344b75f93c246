"""How pages are made: one HTML file that needs nothing else, its charts drawn in it, its pictures inside."""

import base64
import html
import io
import re
import warnings
from pathlib import Path

import jinja2
import matplotlib
import numpy as np
from markupsafe import Markup
from PIL import Image

from zoo865.data.pictures import as_bytes
from zoo865.errors import ZooError, counted
from zoo865.files import file_to_write
from zoo865.visualize.grids import INK


def page_path(out, example: str) -> Path:
    """Where a page is to be written.

    Args:
        out: the path that a person gives.
        example: a name that would do, for the error.

    Raises:
        ZooError: the name does not end with .html, or its folder does not exist.
    """
    if Path(out).suffix.lower() != ".html":
        raise ZooError(f"{out} is not an HTML page", f"choose a name that ends with .html: --out {example}")
    return file_to_write(out)


def page_of(template: str, **values) -> str:
    """The page that a template of this directory makes of these values."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("zoo865.reporting", "."), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {
        each.__name__: each for each in (number, measure, words, unbroken, by_words, last_part, counted)
    }
    environment.globals["zip"] = zip
    return environment.get_template(template).render(**values)


def svg(figure, name: str) -> str:
    """A matplotlib figure as SVG: the same bytes whenever it is drawn, text as text.

    Args:
        figure: the figure.
        name: a word before every name within it, so that several may stand in one page.
    """
    file = io.StringIO()
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": name}), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph")  # matplotlib's own font lacks it: a browser has others
        figure.savefig(file, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    word = re.sub(r"\W", "_", name)
    drawn = re.sub(r' id="', f' id="{word}-', file.getvalue())
    return re.sub(r'(url\(|href=")#', rf"\1#{word}-", drawn)


def in_page_svg(drawn: str, title: str) -> Markup:
    """An SVG as a page holds it, in the page's own colour of text, light or dark; read out by its title."""
    inner = drawn[drawn.index("<svg") :].replace(INK, "currentColor")
    inner = re.sub(r"<metadata>.*?</metadata>", "", inner, flags=re.DOTALL)
    inner = re.sub(r' xmlns(:\w+)?="[^"]*"', "", inner)  # a page knows them
    # Its height follows from the width that the page gives it.
    inner = re.sub(r'^<svg([^>]*?) width="[^"]*"', r"<svg\1", inner)
    inner = re.sub(r'^<svg([^>]*?) height="[^"]*"', r"<svg\1", inner)
    return Markup(inner.replace("<svg", f'<svg role="img" aria-label="{html.escape(title)}"', 1))


def png(picture) -> bytes:
    """A picture, (height, width, 1 or 3) uint8 or floats in [0, 1], as PNG."""
    file = io.BytesIO()
    _image(picture).save(file, "png")
    return file.getvalue()


def sized(picture, longest: int) -> np.ndarray:
    """A picture whose longer side has at most so many pixels; a small one in larger pixels, so that a page does not
    blur it.
    """
    image = _image(picture)
    times = longest // max(image.size)
    if times > 1:
        image = image.resize((image.width * times, image.height * times), Image.Resampling.NEAREST)
    image.thumbnail((longest, longest), Image.Resampling.LANCZOS)
    return np.asarray(image)


def _image(picture) -> Image.Image:
    picture = np.asarray(picture)
    picture = picture if picture.dtype == np.uint8 else as_bytes(picture)
    return Image.fromarray(picture[..., 0] if picture.ndim == 3 and picture.shape[-1] == 1 else picture)


def in_page(file: bytes) -> str:
    """A file as base64, to embed in a page."""
    return base64.b64encode(file).decode()


def number(value) -> str:
    """A number for display: integers and large numbers in full, others to four digits."""
    return f"{value:,.0f}" if isinstance(value, int) or 1e4 <= abs(value) < 1e12 else f"{value:,.4g}"


def measure(value: float, name: str) -> str:
    """A measure for display: shares in percent."""
    shares = ("accuracy", "error", "error_rate", "precision", "recall", "recall_at_1")
    return unbroken(f"{value:.2%}") if name.endswith(shares) else number(value)


def words(name: str) -> str:
    """A measure's name in words."""
    return name.replace("_", " ")


def last_part(name: str) -> str:
    """What a heading calls data: of a folder its own name."""
    return name.rstrip("/").rpartition("/")[2] or name


def by_words(name) -> Markup:
    """A system's name, which a narrow screen breaks after an underscore sooner than inside a word."""
    return Markup("_<wbr>").join(str(name).split("_"))


def unbroken(text) -> str:
    """Text in which no percent sign leaves its number at a line's end."""
    return re.sub(r"(?<=\d) ?%", "\u00a0%", str(text))
