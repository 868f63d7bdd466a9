"""The command line. Nothing heavy is imported before a command runs: `--help` answers at once."""

from __future__ import annotations

import gc
import pathlib
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from sim import __version__
from sim.errors import InputError, RunError

app = typer.Typer(
    name="weightshift",
    help="Agent-based economic simulation of the AI stack: open models, chips, export controls, energy.",
    epilog="Example: weightshift run baseline --quick",
    add_completion=False,
    rich_markup_mode="rich" if sys.stdout.isatty() else None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="PATH=VALUE", help="Set a parameter; strongest layer. May be given several times."),
]

Parameters = Annotated[
    str | None,
    typer.Option(
        "--parameters",
        metavar="WHICH",
        help="Parameter sets of the worlds: 'ensemble' (each world draws one that the data to end-2025 leave open), "
        "'2024' (data to end-2024), 'central' (the registry's values in all), or a file of calibrate. Several worlds "
        "draw from the ensemble if nothing is said; one world has central values.",
    ),
]


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"weightshift {__version__}")
        raise typer.Exit()


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    pass


@app.command(
    epilog='Example: weightshift run baseline --set "energy.us.electricity_price=0.16 USD/kWh" --out outputs/try'
)
def run(
    scenario: Annotated[str, typer.Argument(help="Id of a shipped scenario, or a file.")],
    settings: Settings = None,
    replicates: Annotated[int, typer.Option(min=1, max=100_000, help="Worlds, each with its own random streams.")] = 1,
    seed: Annotated[int, typer.Option(min=0, max=2**63 - 1, help="Seed of the first world.")] = 1,
    until: Annotated[str | None, typer.Option(metavar="YYYY-MM", help="Last month, if not the scenario's own.")] = None,
    quick: Annotated[bool, typer.Option("--quick", help="One world with 500 developers: seconds.")] = False,
    out: Annotated[
        pathlib.Path | None, typer.Option(metavar="DIR", help="Result folder; outputs/<id> if not given.")
    ] = None,
    parameters: Parameters = None,
    debug: Debug = False,
) -> None:
    """Simulate a scenario and write a result folder."""
    from sim.cli_run import run_command

    run_command(scenario, settings or [], replicates, seed, until, quick, out, parameters)


@app.command(epilog="Example: weightshift compare baseline us-power-price-doubled stress-price-war")
def compare(
    baseline: Annotated[str, typer.Argument(help="Id of a shipped scenario, or a file.")],
    policies: Annotated[list[str], typer.Argument(metavar="POLICY...", help="Scenarios to set against it.")],
    settings: Settings = None,
    max_replicates: Annotated[int, typer.Option(min=2, max=100_000, help="Most worlds of each scenario.")] = 200,
    min_replicates: Annotated[int, typer.Option(min=2, max=100_000, help="Fewest worlds of each scenario.")] = 20,
    half_width: Annotated[
        float,
        typer.Option(
            metavar="W",
            help="Stop when the 95 % interval of the mean difference of every headline measure is at most plus or "
            "minus W: 0.01 is one percentage point of a share, and one per cent of the baseline's mean of any other "
            "measure (of at least 12 months for a lag, of at least 1 for a count). Looked at after the fewest worlds, "
            "and whenever there are half as many again.",
        ),
    ] = 0.01,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the first world.")] = 1,
    until: Annotated[str | None, typer.Option(metavar="YYYY-MM", help="Last month of all scenarios.")] = None,
    channels: Annotated[
        bool, typer.Option("--channels/--no-channels", help="Work out which mechanisms carry the effects.")
    ] = True,
    channel_worlds: Annotated[int, typer.Option(min=2, max=100_000, help="Worlds in which that is worked out.")] = 20,
    workers: Annotated[int | None, typer.Option(min=1, max=1024, help="Processes; one per core if not given.")] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Eight worlds with 500 developers, no channels.")] = False,
    out: Annotated[
        pathlib.Path | None, typer.Option(metavar="DIR", help="Result folder; outputs/<baseline>-vs-<policies>.")
    ] = None,
    parameters: Parameters = None,
    debug: Debug = False,
) -> None:
    """What policies change, in the same worlds with and without them.

    World by world all scenarios draw the same random numbers, so a difference is the policy's doing. Worlds are added
    until intervals are short enough. The result does not depend on the number of processes.
    """
    from sim.cli_compare import compare_command, make_options

    options = make_options(
        seed=seed, minimum=min_replicates, maximum=max_replicates, half_width=half_width, channels=channels,
        channel_worlds=channel_worlds, workers=workers, quick=quick, settings=settings or [],
    )  # fmt: skip
    compare_command([baseline, *policies], settings or [], until, options, out, parameters)


@app.command(epilog="Example: weightshift sweep controls-and-domestic-chips --dry-run")
def sweep(
    study: Annotated[str, typer.Argument(help="Id of a shipped study, or a file.")],
    workers: Annotated[int | None, typer.Option(min=1, max=4096, help="Processes; one per core if not given.")] = None,
    engine: Annotated[str, typer.Option(metavar="local|dask", help="This machine, or a Dask cluster.")] = "local",
    address: Annotated[
        str | None, typer.Option(metavar="TCP", help="A Dask scheduler that is running; one is started if not given.")
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on where it stopped; so it does if nothing is said.")
    ] = False,
    fresh: Annotated[bool, typer.Option("--fresh", help="Begin anew, and drop runs that are there.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say how many runs, how long, how much disk.")
    ] = False,
    out: Annotated[pathlib.Path | None, typer.Option(metavar="DIR", help="Result folder; outputs/<id>.")] = None,
    debug: Debug = False,
) -> None:
    """Simulate a study: scenarios x uncertainties x levers x worlds, kept as they come.

    It may be stopped or killed at any time and goes on where it was. The result does not depend on the engine, the
    number of processes, or interruptions.
    """
    from sim.cli_sweep import sweep_command

    sweep_command(
        study, workers=workers, engine=engine, address=address, resume=resume, fresh=fresh, dry=dry_run, out=out
    )


@app.command(epilog="Example: weightshift drivers outputs/controls-and-domestic-chips --effect no-controls")
def drivers(
    folder: Annotated[pathlib.Path, typer.Argument(metavar="FOLDER", help="Folder of a finished sweep.")],
    measures: Annotated[
        list[str] | None,
        typer.Option("--measure", metavar="NAME", help="Only this measure, such as 'open_token_share[world] 2030-12'."),
    ] = None,
    effects: Annotated[
        list[str] | None,
        typer.Option("--effect", metavar="POLICY", help="The effect of this policy; of every one if not given."),
    ] = None,
    level: Annotated[bool, typer.Option("--level", help="The measure itself under the first policy.")] = False,
    method: Annotated[
        str | None, typer.Option(metavar="morris|sobol|pawn", help="The one that the design is made for if not given.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the tables as JSON and nothing else.")] = False,
    debug: Debug = False,
) -> None:
    """Which uncertain parameters of a sweep move a measure, or what a policy changes of it, and which only seem to.

    Sobol' and Morris indices for studies with such a design, PAWN for samples; and how much is chance.
    """
    from sim.cli_drivers import drivers_command

    drivers_command(folder, measures or [], effects or [], level, method, as_json)


@app.command(epilog="Example: weightshift regret outputs/controls-and-domestic-chips")
def regret(
    folder: Annotated[pathlib.Path, typer.Argument(metavar="FOLDER", help="Folder of a finished sweep.")],
    measures: Annotated[
        list[str] | None,
        typer.Option("--measure", metavar="NAME", help="Only this measure, such as 'open_token_share[world] 2030-12'."),
    ] = None,
    debug: Debug = False,
) -> None:
    """Which policy of a sweep is robust: what each gives up against the best one, world by world.

    Measures with a goal count. Shows the 90th percentile of regret, and the share of worlds that reach every goal.
    """
    from sim.cli_regret import regret_command

    regret_command(folder, measures or [])


@app.command(epilog="Example: weightshift fan outputs/controls-and-domestic-chips --metric new_compute_share")
def fan(
    folder: Annotated[pathlib.Path, typer.Argument(metavar="FOLDER", help="Folder of a finished sweep.")],
    metric: Annotated[str | None, typer.Option(metavar="NAME", help="Only the series of this metric.")] = None,
    key: Annotated[str | None, typer.Option(metavar="KEY", help="Only the series of this key.")] = None,
    policies: Annotated[
        list[str] | None, typer.Option("--policy", metavar="NAME", help="Only this scenario or policy; several times.")
    ] = None,
    debug: Debug = False,
) -> None:
    """Fan charts of a sweep: where 50 and 90 % of the worlds lie month by month, under every policy.

    With each, what the policy changes against the first one in the same worlds.
    """
    from sim.cli_fan import fan_command

    fan_command(folder, metric, key, policies or [])


@app.command(epilog='Example: weightshift discover outputs/my-study --where "open_token_share[world] 2030-12 < 0.2"')
def discover(
    folder: Annotated[pathlib.Path, typer.Argument(metavar="FOLDER", help="Folder of a finished sweep.")],
    where: Annotated[
        str | None,
        typer.Option(metavar="CONDITION", help="The runs of interest: MEASURE < NUMBER (<=, >, >=), joined by 'and'."),
    ] = None,
    fails: Annotated[
        int | None, typer.Option(metavar="GOAL", help="Those that miss this goal: 1 is the first with a threshold.")
    ] = None,
    scenario: Annotated[
        str | None, typer.Option("--policy", metavar="NAME", help="Only runs of this scenario or policy.")
    ] = None,
    most: Annotated[int, typer.Option("--limits", min=1, max=20, help="Most dimensions that a box may limit.")] = 4,
    resamples: Annotated[int, typer.Option(min=0, max=1000, help="How often points are drawn anew.")] = 30,
    debug: Debug = False,
) -> None:
    """In which worlds of a sweep something happens: a box of a few limits, in words (PRIM by EMA Workbench).

    With coverage, density, the chance of each limit, and how often it returns when points are drawn anew.
    """
    from sim.cli_discover import discover_command

    discover_command(folder, where, fails, scenario, most, resamples)


@app.command(epilog="Example: weightshift export outputs/baseline --to xlsx,iamc")
def export(
    folder: Annotated[pathlib.Path, typer.Argument(help="Result folder of run, compare or sweep.")],
    to: Annotated[str, typer.Option("--to", metavar="FORMATS", help="xlsx, csv, iamc, parquet; with commas.")] = "xlsx",
    out: Annotated[pathlib.Path | None, typer.Option(metavar="DIR", help="Folder; else <folder>-export.")] = None,
    debug: Debug = False,
) -> None:
    """Write a result as a workbook, text, IAMC table (pyam reads it) or Parquet, with a datapackage.json."""
    from sim.cli_export import export_command

    export_command(folder, to, out)


@app.command(epilog="Example: weightshift calibrate --data-to 2024-12 --dry-run")
def calibrate(
    plan: Annotated[
        pathlib.Path | None,
        typer.Option(metavar="FILE", help="What to search and to meet; the shipped plan if not given."),
    ] = None,
    data_to: Annotated[str, typer.Option(metavar="DATE", help="Nothing observed later is used.")] = "2025-12",
    out: Annotated[
        pathlib.Path | None, typer.Option(metavar="FILE", help="The ensemble; beside the kept runs if not given.")
    ] = None,
    workers: Annotated[int | None, typer.Option(min=1, max=1024, help="Processes; one per core if not given.")] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Forget runs that an earlier call kept.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done.")] = False,
    debug: Debug = False,
) -> None:
    """Estimate parameters anew: an ensemble of sets that the data do not rule out, not one best fit.

    Runs are kept as they are done: a call that was stopped goes on where it was, to the same bytes.
    """
    from sim.cli_calibrate import calibrate_command

    calibrate_command(plan, data_to, out, workers, fresh, dry_run)


@app.command(epilog="Example: weightshift validate --from 2025-01-01 --parameters 2024 --json")
def validate(
    scenario: Annotated[str, typer.Argument(help="Id of a shipped scenario, or a file.")] = "baseline",
    observed: Annotated[
        pathlib.Path | None, typer.Option(metavar="FILE", help="Observed values; the shipped ones if not given.")
    ] = None,
    first: Annotated[str | None, typer.Option("--from", metavar="DATE", help="Score rows from this day on.")] = None,
    last: Annotated[str | None, typer.Option("--to", metavar="DATE", help="Score rows up to this day.")] = None,
    replicates: Annotated[
        int | None, typer.Option(min=1, max=100_000, help="Worlds; 100, or 40 for benchmarks, if not given.")
    ] = None,
    parameters: Annotated[
        str, typer.Option(metavar="SET", help="ensemble, central, 2024 (fitted to data up to then), or a file.")
    ] = "ensemble",
    seed: Annotated[int, typer.Option(min=0, help="Seed of the first world.")] = 1,
    workers: Annotated[int | None, typer.Option(min=1, max=1024, help="Processes; one per core if not given.")] = None,
    out: Annotated[
        pathlib.Path | None, typer.Option(metavar="DIR", help="Result folder; outputs/validate-<scenario>.")
    ] = None,
    benchmarks: Annotated[
        bool, typer.Option("--benchmarks", help="Instead: tables that others published, and theory.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the scores as JSON and nothing else.")] = False,
    debug: Debug = False,
) -> None:
    """Score the model against observed values, beside naive forecasts and its mean-field version.

    Lower scores are better: mean absolute error of the median of worlds, of logarithms for levels. Rows that the model
    has no value for are named with the reason. With --benchmarks the files of scenarios/benchmarks are run instead.
    """
    if benchmarks:
        from sim.cli_benchmarks import benchmarks_command
        from sim.errors import InputError

        for key, given in (("--observed", observed), ("--from", first), ("--to", last), ("--out", out)):
            if given is not None:
                raise InputError("does not go with --benchmarks, whose files say what is compared", key=key)
        benchmarks_command(
            replicates=replicates, parameters=parameters, seed=seed, workers=workers, as_json=as_json
        )  # fmt: skip
        return
    from sim.cli_validate import validate_command

    validate_command(
        scenario, observed=observed, first=first, last=last, replicates=replicates or 100, parameters=parameters,
        seed=seed, workers=workers, out=out, as_json=as_json,
    )  # fmt: skip


@app.command("list", epilog="Example: weightshift list --parameters energy.us")
def list_scenarios(
    questions: Annotated[bool, typer.Option("--questions", help="With the question that each scenario asks.")] = False,
    policies: Annotated[bool, typer.Option("--policies", help="The policy files instead.")] = False,
    instruments: Annotated[bool, typer.Option("--instruments", help="The instruments of policies instead.")] = False,
    studies: Annotated[bool, typer.Option("--studies", help="The studies that sweep runs instead.")] = False,
    parameters: Annotated[
        str | None, typer.Option(metavar="PREFIX", help="The parameters whose path begins so instead.")
    ] = None,
    debug: Debug = False,
) -> None:
    """List the scenarios that can be run by their id, by status."""
    from sim.cli_scenarios import list_command

    list_command(questions, policies, instruments, studies, parameters)


@app.command(epilog="Example: weightshift check scenarios/")
def check(
    files: Annotated[
        list[str],
        typer.Argument(metavar="NAME...", help="Files or ids of scenarios, policies and studies, or folders."),
    ],
    debug: Debug = False,
) -> None:
    """Report all problems of scenario, policy, study and benchmark files, with file and line."""
    from sim.cli_scenarios import check_command

    check_command(files)


@app.command(epilog="Example: weightshift explain baseline energy.us.electricity_price")
def explain(
    file: Annotated[str, typer.Argument(help="Scenario file or id.")],
    key: Annotated[str, typer.Argument(help="Parameter path, policy, event, field of either, instrument, head field.")],
    settings: Settings = None,
    debug: Debug = False,
) -> None:
    """Where a value of a scenario comes from.

    A parameter: the winning value, every layer that it beat with file and line, unit, range, grade and source. A policy
    or event, or a field of one (us-2025-08-levy.parameters.rate): value, meaning, dates, source.
    """
    from sim.cli_scenarios import explain_command

    explain_command(file, key, settings or [])


@app.command(epilog="Example: weightshift diff baseline us-power-price-doubled")
def diff(
    one: Annotated[str, typer.Argument(metavar="A", help="Scenario file or id.")],
    other: Annotated[str, typer.Argument(metavar="B", help="Scenario file or id.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print plain values as JSON.")] = False,
    debug: Debug = False,
) -> None:
    """What two scenarios say differently, and from which month it can matter.

    Inputs only: parameters with both values and where each was set, policies, events, horizon; with dates and sources.
    """
    from sim.cli_scenarios import diff_command

    diff_command(one, other, as_json)


@app.command(epilog="Example: weightshift new my-scenario --from baseline")
def new(
    name: Annotated[str, typer.Argument(help="Its id and the name of its file.")],
    base: Annotated[str, typer.Option("--from", metavar="SCENARIO", help="Scenario that it extends.")] = "baseline",
    policy: Annotated[bool, typer.Option("--policy", help="A policy file instead of a scenario.")] = False,
    instrument: Annotated[
        str | None, typer.Option(metavar="NAME", help="Instrument of the policy: weightshift list --instruments.")
    ] = None,
    folder: Annotated[pathlib.Path, typer.Option(metavar="DIR", help="Folder of scenarios.")] = pathlib.Path(
        "scenarios"
    ),
    debug: Debug = False,
) -> None:
    """Write a commented scenario or policy file to begin with.

    It is valid at once, shows every section as a comment, and is never written over another file.
    """
    from sim.cli_scenarios import new_command

    new_command(name, base, policy, instrument, folder)


@app.command(epilog="Example: weightshift resolve baseline --set developers.count=500 --out mine.yaml")
def resolve(
    scenario: Annotated[str, typer.Argument(help="Scenario file or id.")],
    settings: Settings = None,
    until: Annotated[str | None, typer.Option(metavar="YYYY-MM", help="Last month, if not the scenario's own.")] = None,
    extends: Annotated[
        str | None, typer.Option(metavar="SCENARIO", help="Say only what differs from this scenario.")
    ] = None,
    out: Annotated[pathlib.Path | None, typer.Option(metavar="FILE", help="A new file; printed if not given.")] = None,
    debug: Debug = False,
) -> None:
    """Print a scenario as one file without inheritance, which repeats the run alone.

    The same bytes as scenario.resolved.yaml of a run. With --extends it is a sparse file instead, named after FILE.
    """
    from sim.cli_scenarios import resolve_command

    resolve_command(scenario, settings or [], until, extends, out)


@app.command(epilog="Example: weightshift schema scenario > scenario.json")
def schema(
    name: Annotated[str, typer.Argument(help="scenario, policy, parameters, study or benchmark.")] = "scenario",
    write: Annotated[
        pathlib.Path | None, typer.Option(metavar="DIR", help="Write all schemas into a folder instead.")
    ] = None,
    debug: Debug = False,
) -> None:
    """Print the JSON Schema of a kind of file, for editors."""
    from sim.cli_scenarios import schema_command

    schema_command(name, write)


@app.command(epilog="Example: weightshift doctor")
def doctor(debug: Debug = False) -> None:
    """Versions, caches and a short smoke run."""
    from sim.cli_doctor import doctor_command

    doctor_command()


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command and exit: 0 done, 1 the run failed, 2 bad input. A traceback is shown only with --debug."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    # Millions of small objects and hardly a cycle: passes of the collector would take a tenth of a short run.
    gc.set_threshold(100_000, 50, 100)
    sys.exit(_exit_code(given or ["--help"]))


def _exit_code(given: list[str]) -> int:
    debug = "--debug" in given
    command = typer.main.get_command(app)
    try:
        code = command.main(args=given, prog_name="weightshift", standalone_mode=False)
        return code if isinstance(code, int) else 0
    except InputError as error:
        _raise_if(debug)
        return _fail(str(error), 2, prefix=error.file is None)
    except RunError as error:
        _raise_if(debug)
        return _fail(f"the run failed: {error}", 1)
    except (KeyboardInterrupt, typer.Abort):
        return _fail("interrupted", 130)
    except BrokenPipeError:  # the reader of a pipe has seen enough
        sys.stderr.close()
        return 0
    except Exception as error:
        if hasattr(error, "format_message"):  # how the parser says that an option or a value is wrong
            return _fail(_one_line(error.format_message()), 2)
        _raise_if(debug)
        return _fail(f"unexpected {type(error).__name__}: {_one_line(str(error))} (--debug shows where)", 1)


def _raise_if(debug: bool) -> None:
    if debug:
        raise


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _fail(message: str, code: int, prefix: bool = True) -> int:
    line = " ".join(message.splitlines())
    typer.echo(f"weightshift: {line}" if prefix else line, err=True)
    return code
