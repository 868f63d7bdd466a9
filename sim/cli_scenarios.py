"""Commands about scenario files: list, check, explain, schema."""

from __future__ import annotations

import pathlib
from typing import TYPE_CHECKING

import typer

from sim.cli_run import scenario_with
from sim.errors import InputError

if TYPE_CHECKING:
    from sim.scenario.model import Scenario


def list_command(questions: bool, policies: bool, instruments: bool, studies: bool, parameters: str | None) -> None:
    """Print scenarios by status, or policies, instruments, studies or parameters."""
    from sim.scenario import listing

    if sum((policies, instruments, studies, parameters is not None)) > 1:
        raise InputError("one of --policies, --instruments, --studies and --parameters at a time")
    if studies:
        from sim.study.kinds import study_lines

        lines = study_lines(questions)
    elif policies:
        lines = listing.policy_lines()
    elif instruments:
        lines = listing.instrument_lines()
    elif parameters is not None:
        lines = listing.parameter_lines(parameters)
    else:
        lines = listing.scenario_lines(questions)
    for line in lines:
        typer.echo(line)


def check_command(names: list[str]) -> None:
    """Print every problem on a line of its own, each once; exit code 2 if there is any."""
    from sim.scenario.check import check_names
    from sim.study.kinds import problems_of

    told: set[str] = set()
    for checked in check_names(names, others=problems_of):
        for problem in map(str, checked.problems):
            if problem not in told:
                typer.echo(problem, err=True)
            told.add(problem)
        if not checked.problems:
            typer.echo(f"{checked.name}: no problems")
    if told:
        raise typer.Exit(2)


def explain_command(name: str, key: str, given: list[str]) -> None:
    """Print what there is to say of a parameter, policy, event, instrument or head field of a scenario."""
    from sim.scenario.explain import explain_lines

    for line in explain_lines(scenario_with(name, given), key):
        typer.echo(line)


def diff_command(one: str, other: str, as_json: bool) -> None:
    """Print what two scenarios say differently; exit code 0 whether they differ or not."""
    from sim.scenario.difference import difference
    from sim.scenario.difference_text import difference_lines
    from sim.scenario.load import load_scenario

    found = difference(load_scenario(one), load_scenario(other))
    if as_json:
        import json

        typer.echo(json.dumps(found.plain(), indent=1, ensure_ascii=False))
        return
    for line in difference_lines(found):
        typer.echo(line)


def new_command(name: str, base: str, policy: bool, instrument: str | None, folder: pathlib.Path) -> None:
    """Write a commented file for a new scenario or policy and print its name."""
    from sim.scenario import template
    from sim.scenario.files import shipped_folder
    from sim.scenario.load import load_scenario
    from sim.scenario.write_new import write_new

    if instrument is not None and not policy:
        raise InputError("belongs to --policy", key="--instrument")
    if policy and instrument is None:
        raise InputError(
            "which instrument? --instrument NAME; weightshift list --instruments names them", key="--policy"
        )
    where = folder / "policies" if policy else folder
    file = where / f"{name}.yaml"
    if instrument is not None:
        text = template.policy_template(name, instrument, file)
    else:
        text = template.scenario_template(name, load_scenario(base), base, file)
    taken = shipped_folder() / ("policies" if policy else "") / f"{name}.yaml"
    if taken.exists() and taken.resolve() != file.resolve():
        raise InputError(f"a shipped {'policy' if policy else 'scenario'} is called {name}; choose another name")
    write_new(file, text)
    typer.echo(str(file))


def resolve_command(
    name: str, given: list[str], until: str | None, extends: str | None, out: pathlib.Path | None
) -> None:
    """Print a scenario as one file, or write it into a new one."""
    from sim.scenario.write_new import write_new

    scenario = scenario_with(name, given)
    if until is not None:
        scenario = scenario.until(until)
    text = scenario.resolved_yaml() if extends is None else _sparse(scenario, extends, out)
    if out is None:
        typer.echo(text, nl=False)
        return
    write_new(out, text)
    typer.echo(str(out))


def _sparse(scenario: Scenario, extends: str, out: pathlib.Path | None) -> str:
    """A file that says only what differs from another scenario; it goes by the name of its file."""
    import dataclasses

    from sim.scenario.files import check_name
    from sim.scenario.sparse import sparse_yaml

    if out is not None:
        check_name(out.stem)
        scenario = dataclasses.replace(scenario, id=out.stem)
    return sparse_yaml(scenario, out or pathlib.Path(f"{scenario.id}.yaml"), extends=extends)


def schema_command(name: str, folder: pathlib.Path | None) -> None:
    """Print one schema, or write all of them into a folder."""
    from sim.scenario.json_schema import schema_text, schemas, write_schemas
    from sim.scenario.problems import nearest
    from sim.study.kinds import schemas_of_kinds

    known = schemas() | schemas_of_kinds()
    if folder is not None:
        for file in write_schemas(folder, known):
            typer.echo(str(file))
        return
    if name not in known:
        raise InputError(f"no schema '{name}'; there are {', '.join(known)}", hint=nearest(name, known))
    typer.echo(schema_text(known[name]), nl=False)
