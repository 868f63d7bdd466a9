"""What the page on the program says, from the documents that ship with it."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

import pandas as pd

from sim import __version__
from sim.browser.documents import text_of
from sim.browser.markdown import Piece, Section, section, sections_of, table_of
from sim.errors import InputError
from sim.evidence.observations import read_observations
from sim.model_digest import model_digest
from sim.yaml_file import parse_yaml

WHAT = (
    "weightshift simulates the AI stack month by month, from January 2023 to December 2030: chips, export controls, "
    "clouds, electricity, labs, open-weight models, prices, and the developers who choose among them. Firms and "
    "governments are agents that follow rules; history is simulated, not replayed.",
    "It is made to compare: what does a rule, a price or a shock change, in the same worlds with and without it? Its "
    "question has two halves. While Chinese labs drive the spread of open-weight models, does the computing they run "
    "on stay concentrated in one US vendor, and what changes either half?",
    "Projections are conditional, not forecasts: they say what follows from these rules, deals and assumptions, and "
    "nothing else.",
)
GRADES = (
    ("A", "seen in the source"), ("B", "second-hand"), ("C", "unverified"), ("D", "an assumption of this project"),
)  # fmt: skip
MODEL_PARTS = (
    ("Purpose and patterns", "Purpose, and the patterns that the model must show"),
    ("Entities, state variables, and scales", "Agents: who decides what"),
    ("Process overview and scheduling", "A month: all acts in their order"),
)
SOURCES = ("file", "what", "origin", "licence", "as of")
NOT = ("Not a forecast", "Not for advice about a firm")


def phases() -> list[str]:
    """The parts of a month in their order, as the description of the model heads them."""
    overview = section(text_of("odd"), "Process overview and scheduling")
    return [
        piece.text for piece in overview.pieces
        if piece.tag == "p" and len(piece.inside) == 1 and isinstance(piece.inside[0], Piece)
        and piece.inside[0].tag == "strong"
    ]  # fmt: skip


def model_sections() -> list[Section]:
    """Main parts of the description of the model (ODD protocol), under titles for readers."""
    return [Section(title, section(text_of("odd"), name).pieces) for name, title in MODEL_PARTS]


def limit_sections() -> tuple[list[Section], list[Section]]:
    """Limits: what a result is not, and the others."""
    every = [one for one in sections_of(text_of("limits")) if one.title]
    return [one for one in every if one.title in NOT], [one for one in every if one.title not in NOT]


def sources() -> pd.DataFrame:
    """The input tables: file, what it holds, origin, licence, as of when."""
    return table_of(sections_of(text_of("data"))[0].pieces).reindex(columns=list(SOURCES))


def observed_grades() -> str:
    """How many observations have which grade, in a sentence."""
    frame = read_observations()
    counts = frame["confidence"].value_counts()
    said = [f"{int(counts.get(grade, 0))} of grade {grade} ({words})" for grade, words in GRADES[:3]]
    series = len(frame.groupby(["metric", "key"]))
    return f"The model is judged against {len(frame)} observations of {series} series: {', '.join(said)}."


def versions() -> list[tuple[str, str]]:
    """Version, digests, licence."""
    from sim.study.ensemble import read_ensemble

    ensemble = read_ensemble()
    sets = "none: central values" if ensemble is None else f"{len(ensemble.members)} sets, {ensemble.digest}"
    seen = [] if ensemble is None else [("Calibrated to data until", ensemble.data_to)]
    return [
        ("Version", __version__), ("Model", f"{model_digest()} (digest of equations, parameters and inputs)"),
        ("Parameter sets", sets), *seen, ("Licence", str(_citation().get("license", "MIT"))),
    ]  # fmt: skip


def citation() -> str:
    """One line to cite."""
    known = _citation()
    authors = ", ".join(str(one.get("name") or one.get("family-names", "")) for one in known.get("authors", []))
    return f"{authors}. {known.get('title', 'weightshift')}. Version {__version__}, model {model_digest()}. Software."


def bibtex() -> str:
    """The same for BibTeX."""
    known = _citation()
    authors = " and ".join(f"{{{one.get('name') or one.get('family-names', '')}}}" for one in known.get("authors", []))
    return (
        f"@software{{weightshift,\n  author = {{{authors}}},\n  title = {{{known.get('title', 'weightshift')}}},\n"
        f"  version = {{{__version__}}},\n  note = {{model {model_digest()}}}\n}}"
    )


@functools.cache
def _citation() -> Mapping[str, Any]:
    try:
        found = parse_yaml(text_of("citation"), "CITATION.cff").data
    except InputError:
        return {}
    return found if isinstance(found, Mapping) else {}
