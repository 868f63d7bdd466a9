"""Reading a study: what is simulated, and what is kept."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from sim.errors import InputError
from sim.registry import load_registry
from sim.scenario import files
from sim.scenario.problems import input_errors
from sim.study.measures_of_study import Measure, MeasureError, measure_of
from sim.study.series import SeriesList
from sim.study.study_schema import StudyFile
from sim.study.uncertain import Uncertain, chosen_paths, matches, uncertain_of
from sim.yaml_file import Document, parse_yaml, read_yaml, shown_path

if TYPE_CHECKING:
    from sim.scenario.model import Scenario

FOLDER = "studies"
DEFAULT_LEVELS = 3
NEEDS_POINTS = ("lhs", "sobol", "morris")


@dataclasses.dataclass(frozen=True)
class Study:
    """A study, checked. The scenarios themselves are read when they are first asked for."""

    id: str
    title: str
    question: str
    ids: tuple[str, ...]
    """Ids of the scenarios, the reference first."""
    places: tuple[str, ...]
    """Where each scenario is: an id, or a file."""
    start_month: int
    end_month: int
    uncertain: tuple[Uncertain, ...]
    levers: Mapping[str, tuple[Any, ...]]
    method: str
    n: int
    design_seed: int
    parameters: str
    """ensemble, central, 2024, or a file."""
    replicates: int
    seed: int
    fixed: Mapping[str, Any]
    """`set` of the file."""
    until: str | None
    measures: tuple[Measure, ...]
    analysis: Mapping[str, Any]
    file: str

    @functools.cached_property
    def scenarios(self) -> tuple[Scenario, ...]:
        """The scenarios, with what the study sets in all of them, up to its last month. Raises InputError."""
        return tuple(_scenario(place, self.fixed, self.until) for place in self.places)

    def plain_scenarios(self) -> tuple[Scenario, ...]:
        """The scenarios without what the study sets in them. Raises InputError."""
        return tuple(_scenario(place, {}, None) for place in self.places)

    @property
    def months(self) -> int:
        """Months of every run."""
        return self.end_month - self.start_month + 1

    @property
    def ensemble_name(self) -> str:
        """The ensemble as `sim.study.ensemble.read_ensemble` takes it."""
        return "2025" if self.parameters == "ensemble" else self.parameters

    @functools.cached_property
    def series(self) -> SeriesList:
        """Every series that a measure reads, each once."""
        return SeriesList(tuple(dict.fromkeys((one.metric, one.key) for one in self.measures)))

    def content(self, scenarios: list[str]) -> dict[str, Any]:
        """The study as plain values of a file that names what is uncertain path by path."""
        varied = {} if self.method == "ensemble" or not self.uncertain else {
            "uncertainties": {"include": [one.path for one in self.uncertain]}
        }  # fmt: skip
        head: dict[str, Any] = {
            "schema_version": 1, "id": self.id, "title": self.title, "question": self.question,
            "scenarios": scenarios, **varied,
            "levers": {path: list(values) for path, values in self.levers.items()},
            "design": {"method": self.method, "n": self.n, "seed": self.design_seed},
            "replicates": {"count": self.replicates, "seed": self.seed},
            "parameters": self.parameters,
            "set": dict(self.fixed),
        }  # fmt: skip
        if self.until is not None:
            head["until"] = self.until
        measures = [
            {"metric": one.metric, "key": one.key, "at": one.at, **({"goal": one.goal.text} if one.goal else {})}
            for one in self.measures
        ]
        return {**head, "measures": measures, "analysis": dict(self.analysis)}

    def resolved_yaml(self) -> str:
        """A file that gives the same study again, beside a folder `scenarios` with a resolved file per scenario."""
        from ruamel.yaml import YAML

        yaml = YAML(pure=True)
        yaml.default_flow_style = False
        yaml.width = 118
        stream = io.StringIO()
        yaml.dump(self.content([f"scenarios/{name}.yaml" for name in self.ids]), stream)
        return stream.getvalue()

    def digest(self) -> str:
        """SHA-256 over what decides the runs and the table of results: scenarios, design, worlds, measures."""
        content = self.content([scenario.digest() for scenario in self.scenarios])
        decisive = {key: value for key, value in content.items() if key not in ("title", "question", "analysis")}
        return hashlib.sha256(json.dumps(decisive, sort_keys=True, default=str).encode()).hexdigest()


def load_study(name: str | Path, text: str | None = None) -> Study:
    """A study by id or file (or the `text` that would stand in the file), its scenarios read and everything checked.

    Raises InputError for the first problem, with file, line, key and the nearest valid name.
    """
    if text is None:
        file = files.find(str(name), study_folders(), Path(), "study")
        document = read_yaml(file)
    else:
        file = Path(name)
        document = parse_yaml(text, shown_path(file))
    return _Reading(document, file).study()


def read_resolved(file: Path, ids: tuple[str, ...], start: int, end: int) -> Study:
    """The study of a sweep's folder, without reading its scenarios. Raises InputError if the file was changed."""
    try:
        return _Reading(read_yaml(file), file).resolved(ids, start, end)
    except KeyError as error:
        raise InputError("names what this version of the model does not know", file=str(file), key=str(error)) from None


def study_folders() -> list[Path]:
    """Folders searched for a study by its id, first match wins."""
    return [Path("scenarios") / FOLDER, files.shipped_folder() / FOLDER]


def _scenario(place: str, fixed: Mapping[str, Any], until: str | None) -> Scenario:
    from sim.scenario.load import load_scenario
    from sim.study.worlds import SET

    scenario = load_scenario(place)
    if until is not None:
        scenario = scenario.until(until)
    return scenario.with_overrides(fixed, SET) if fixed else scenario


class _Reading:
    """One file on its way to a study."""

    def __init__(self, document: Document, file: Path) -> None:
        self.document, self.file = document, file
        data = document.data
        if not isinstance(data, dict):
            raise InputError("not a mapping of keys to values", file=document.file)
        try:
            self.head = StudyFile.model_validate(data)
        except ValidationError as error:
            raise input_errors(error, document, (), StudyFile, data)[0] from None
        self.registry = load_registry()

    def study(self) -> Study:
        head = self.head
        if head.id != self.file.stem and self.file.name != "study.resolved.yaml":
            raise self.document.error(f"the file is called {self.file.stem}", ("id",))
        places = self._places()
        scenarios = self._scenarios(places)
        self._check_levers(scenarios)
        start, end = scenarios[0].start_month, scenarios[0].end_month
        found = self._made(tuple(one.id for one in scenarios), places, start, end, self._uncertain(scenarios))
        found.__dict__["scenarios"] = scenarios  # what the cached property would read again
        self._check_ensemble(found)
        return found

    def resolved(self, ids: tuple[str, ...], start: int, end: int) -> Study:
        """The study of a file that a sweep wrote: its scenarios are known to be in order, and are not read."""
        asked = self.head.uncertainties
        if self.head.design.method == "ensemble":
            return self._made(ids, self._places(), start, end, self._of_ensemble())
        named = [] if asked is None else [uncertain_of(self.registry[path]) for path in asked.include]
        return self._made(ids, self._places(), start, end, tuple(one for one in named if one is not None))

    def _made(
        self, ids: tuple[str, ...], places: tuple[str, ...], start: int, end: int, uncertain: tuple[Uncertain, ...]
    ) -> Study:
        head = self.head
        return Study(
            id=head.id, title=head.title, question=head.question, ids=ids, places=places, start_month=start,
            end_month=end, uncertain=uncertain, levers=dict(head.levers), method=head.design.method, n=self._n(),
            design_seed=head.design.seed, parameters=head.parameters, replicates=head.replicates.count,
            seed=head.replicates.seed, fixed=dict(head.set), until=head.until, measures=self._measures(start, end),
            analysis=dict(head.analysis), file=self.document.file,
        )  # fmt: skip

    def _places(self) -> tuple[str, ...]:
        """Ids as they are; files are relative to the study's own folder."""
        return tuple(str(self.file.parent / name) if files.is_path(name) else name for name in self.head.scenarios)

    def _of_ensemble(self) -> tuple[Uncertain, ...]:
        from sim.study.ensemble import read_ensemble

        name = self.head.parameters
        ensemble = read_ensemble("2025" if name == "ensemble" else name)
        paths = [] if ensemble is None else [str(path) for path in ensemble.members]
        return tuple(one for path in paths if (one := uncertain_of(self.registry[path])) is not None)

    def _scenarios(self, places: tuple[str, ...]) -> tuple[Scenario, ...]:
        from sim.study.pairs import check_comparable, check_settings

        found = []
        for number, place in enumerate(places):
            try:
                plain = _scenario(place, {}, self.head.until)
            except InputError as error:
                if error.file is not None:
                    raise
                raise self.document.error(error.message, ("scenarios", number), hint=error.hint) from None
            found.append(plain)
        if len(found) > 1:
            check_comparable(found[0], found[1:])
            try:
                check_settings(found, self.head.set)
            except InputError as error:
                raise self.document.error(error.message, ("set", str(error.key))) from None
        from sim.study.worlds import SET

        fixed = self.head.set
        for path in fixed:
            self._check_value(found[0], path, fixed[path], ("set", path))
        return tuple(one.with_overrides(fixed, SET) if fixed else one for one in found)

    def _check_value(self, scenario: Scenario, path: str, value: Any, place: tuple[str | int, ...]) -> None:
        if path not in self.registry:
            raise self.document.error("unknown parameter", place, key=path, hint=self.registry.nearest(path))
        try:
            scenario.with_overrides({path: value}, "study")
        except InputError as error:
            raise self.document.error(error.message, place, key=path) from None

    def _check_levers(self, scenarios: tuple[Scenario, ...]) -> None:
        for path, values in self.head.levers.items():
            if path in self.head.set:
                raise self.document.error("is both set and a lever", ("levers", path), key=path)
            if not values:
                raise self.document.error("has no values", ("levers", path), key=path)
            for number, value in enumerate(values):
                self._check_value(scenarios[0], path, value, ("levers", path, number))
            if len({json.dumps(value, sort_keys=True, default=str) for value in values}) < len(values):
                raise self.document.error("has a value twice", ("levers", path), key=path)

    def _n(self) -> int:
        design = self.head.design
        if design.method == "full_factorial":
            if design.n is not None and design.n < 2:
                raise self.document.error("a full factorial needs at least 2 levels", ("design", "n"))
            return design.n or DEFAULT_LEVELS
        if design.n is None:
            raise self.document.error(f"missing: how large the design {design.method} is", ("design", "n"))
        if design.method == "sobol" and design.n & (design.n - 1):
            low = 1 << (design.n.bit_length() - 1)
            raise self.document.error(
                f"should be a power of two, such as {low} or {2 * low}, not {design.n}", ("design", "n")
            )
        return design.n

    def _uncertain(self, scenarios: tuple[Scenario, ...]) -> tuple[Uncertain, ...]:
        from sim.study.worlds import decided

        head, method = self.head, self.head.design.method
        asked = head.uncertainties
        if method == "ensemble":
            if asked is not None:
                raise self.document.error("the design ensemble varies its own parameters", ("uncertainties",))
            return self._of_ensemble()
        if asked is None:
            if method in NEEDS_POINTS:
                raise self.document.error(f"missing: what the design {method} varies", ("uncertainties",))
            return ()
        self._check_patterns(asked.include, "include")
        self._check_patterns(asked.exclude, "exclude")
        fixed = {path for path in self.registry if decided(scenarios[0], path)} | set(head.levers) | set(head.set)
        for number, path in enumerate(asked.include):
            if path in fixed:
                by = "is a lever" if path in head.levers else "is set" if path in head.set else (
                    f"is fixed by scenario {scenarios[0].id}"
                )  # fmt: skip
                raise self.document.error(
                    f"{path} {by}, so it cannot be uncertain as well", ("uncertainties", "include", number)
                )
            if path in self.registry and uncertain_of(self.registry[path]) is None:
                raise self.document.error(f"{path} has no range", ("uncertainties", "include", number))
        roles = (asked.role,) if isinstance(asked.role, str) else asked.role
        paths = chosen_paths(self.registry, roles, asked.include, asked.exclude, asked.top, fixed)
        if not paths:
            raise self.document.error("no parameter is left to vary", ("uncertainties",))
        found = [uncertain_of(self.registry[path]) for path in paths]
        return tuple(one for one in found if one is not None)

    def _check_patterns(self, patterns: tuple[str, ...], key: str) -> None:
        for number, pattern in enumerate(patterns):
            if not any(matches(path, (pattern,)) for path in self.registry):
                hint = self.registry.nearest(pattern)
                raise self.document.error(f"'{pattern}' fits no parameter", ("uncertainties", key, number), hint=hint)

    def _measures(self, start: int, end: int) -> tuple[Measure, ...]:
        found: list[Measure] = []
        for number, entry in enumerate(self.head.measures):
            place = ("measures", number)
            try:
                one = measure_of(entry, start, end)
            except MeasureError as error:
                raise self.document.error(str(error), (*place, error.field), hint=error.hint) from None
            if any(one.name == other.name for other in found):
                raise self.document.error(f"{one.name} is there twice", place)
            found.append(one)
        return tuple(found)

    def _check_ensemble(self, study: Study) -> None:
        from sim.study.ensemble import read_ensemble

        try:
            ensemble = read_ensemble(study.ensemble_name)
        except InputError as error:
            raise self.document.error(f"{study.parameters}: {error.message}", ("parameters",)) from None
        if study.method != "ensemble":
            return
        if ensemble is None:
            raise self.document.error("the design ensemble needs an ensemble", ("parameters",))
        if study.n > len(ensemble.members):
            raise self.document.error(
                f"the ensemble has {len(ensemble.members)} parameter sets, not {study.n}", ("design", "n")
            )
        if any(path in study.levers for path in ensemble.members):
            lever = next(path for path in study.levers if path in ensemble.members)
            raise self.document.error("the ensemble varies it already", ("levers", lever), key=lever)
