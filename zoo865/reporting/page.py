"""How pages are made: one HTML file that needs nothing else, its pictures inside."""

import base64
import io

import jinja2


def page_of(template: str, **values) -> str:
    """The page that a template of this directory makes of these values."""
    environment = jinja2.Environment(loader=jinja2.PackageLoader("zoo865.reporting", "."), autoescape=True)
    environment.filters["number"] = number
    environment.filters["measure"] = measure
    environment.globals["zip"] = zip
    return environment.get_template(template).render(**values)


def png(figure) -> bytes:
    """A matplotlib figure as PNG."""
    image = io.BytesIO()
    figure.savefig(image, format="png", dpi=160, transparent=True)
    return image.getvalue()


def number(value) -> str:
    """A number as people read it: whole and large ones in full, others to four digits."""
    return f"{value:,.0f}" if isinstance(value, int) or 1e4 <= abs(value) < 1e12 else f"{value:,.4g}"


def measure(value: float, name: str) -> str:
    """A measure as people read it: shares in percent."""
    return f"{value:.2%}" if name.endswith(("accuracy", "error")) else number(value)


def in_page(image: bytes) -> str:
    """A picture as a page without files holds it."""
    return base64.b64encode(image).decode()
