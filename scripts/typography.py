"""How well text in pictures is found and read: python scripts/typography.py [--wrong].

Draws the typographic set and prints a line for each of its parts. ``--wrong`` names the pictures
whose claim was not read as it is.
"""

from __future__ import annotations

import argparse

from rich.console import Console
from rich.table import Table

from tests.support.typographic import Part, typographic_set
from tests.support.typographic_measure import measure
from worker.typography.finder import TextFinder


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Measure the search for text in pictures.")
    parser.add_argument("--wrong", action="store_true", help="Name what was read wrongly.")
    wrong = parser.parse_args().wrong
    finder = TextFinder()
    table = Table("part", "lines found", "bare with regions", "asked again", "claims", "precision")
    table.add_column("median")
    console = Console()
    for part in Part:
        found = measure(typographic_set(part), finder)
        table.add_row(
            part.value,
            f"{found.lines_found} of {found.lines}",
            f"{found.bare_with_regions} of {found.bare}",
            f"{found.bare_asked_again} of {found.bare}",
            f"{found.claims_read} of {found.claims}",
            f"{found.claimed_rightly} of {found.claimed}",
            f"{found.median_ms:.0f} ms",
        )
        for name in found.wrong if wrong else []:
            console.print(f"{part.value}: {name}", markup=False, highlight=False)
    console.print(table)


if __name__ == "__main__":
    main()
