"""A comparison as one HTML file that needs nothing else, and runs no script."""

from __future__ import annotations

from jinja2 import Environment, PackageLoader

from worker import __version__
from worker.shadow.compared import printable
from worker.shadow.comparison import Comparison
from worker.shadow.tables import agreement, apart, figure


def render_comparison(found: Comparison) -> str:
    """The page. All text in it is escaped: ids, tenants and reasons are strangers' words."""
    environment = Environment(
        loader=PackageLoader("worker.shadow", "templates"), autoescape=True, trim_blocks=True
    )
    environment.filters["figure"] = figure
    environment.filters["printable"] = printable
    environment.filters["agreement"] = agreement
    environment.filters["apart"] = apart
    return environment.get_template("comparison.html.j2").render(found=found, version=__version__)
