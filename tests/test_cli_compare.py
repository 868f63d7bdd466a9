"""`weightshift compare` on the command line: exit codes, one line per error, nothing written in vain."""

import json
import pathlib

import pytest

from sim.cli import main
from sim.errors import RunError
from sim.study import compare as study

SMALL = ("--set", "developers.count=200", "--until", "2026-12", "--min-replicates", "2", "--max-replicates", "2")
PAIR = ("baseline", "us-power-price-doubled")


@pytest.fixture
def weightshift(capsys, tmp_path, monkeypatch):
    """Run a command in an empty working folder: exit code, output, errors."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        with pytest.raises(SystemExit) as caught:
            main([str(argument) for argument in arguments])
        output = capsys.readouterr()
        return int(caught.value.code or 0), output.out, output.err

    return run


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("baseline", "baseline"), "baseline is compared with itself"),
        (("baseline", "stress-price-wars"), "no scenario 'stress-price-wars' (did you mean 'stress-price-war'?)"),
        (("baselin", "stress-price-war"), "no scenario 'baselin' (did you mean 'baseline'?)"),
        ((*PAIR, "us-power-price-doubled"), "is compared twice"),
        ((*PAIR, "--min-replicates", "30", "--max-replicates", "20"), "at least the minimum of 30"),
        ((*PAIR, "--half-width", "0"), "above zero"),
        ((*PAIR, "--until", "2022-05"), "--until"),
        ((*PAIR, "--set", "developers.cout=3"), "--set: developers.cout: unknown parameter"),
        ((*PAIR, "--set", "energy.us.electricity_price=0.1"), "would undo that"),
        (("baseline",), "POLICY"),
        (PAIR[:1], "POLICY"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(weightshift, tmp_path, arguments, message):
    code, out, err = weightshift("compare", *arguments)
    assert code == 2 and out == "" and message in err and len(err.strip().splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def test_other_horizons_are_refused_with_what_to_do(weightshift, tmp_path):
    (tmp_path / "short.yaml").write_text(
        "schema_version: 1\nid: short\ntitle: Short\nstatus: illustrative\nextends: [baseline]\n"
        "horizon: {start: 2023-01, end: 2027-12}\n"
    )
    code, _, err = weightshift("compare", "baseline", "short.yaml")
    assert code == 2 and "short runs 2023-01 to 2027-12 and baseline 2023-01 to 2030-12" in err
    assert "--until 2027-12" in err
    assert not (tmp_path / "outputs").exists()


def test_a_comparison_is_written_and_told(weightshift, tmp_path):
    code, out, err = weightshift("compare", *PAIR, *SMALL, "--workers", "1", "--no-channels", "--quick")
    assert code == 0 and err == ""
    assert "8 worlds in each of 2 scenarios" in out and "\x1b" not in out
    assert "results: outputs/baseline-vs-us-power-price-doubled" in out
    folder = tmp_path / "outputs" / "baseline-vs-us-power-price-doubled"
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["settings"] == ["developers.count=200"] and manifest["quick"]
    assert manifest["first_difference"] == {"us-power-price-doubled": "2026-01"}


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (KeyboardInterrupt(), 130, "nothing was written to out"),
        (RunError("the world of seed 3 breaks down"), 1, "the run failed: the world of seed 3 breaks down"),
    ],
)
def test_an_interrupted_or_failed_comparison_writes_nothing(weightshift, tmp_path, monkeypatch, error, code, message):
    def stopped(*arguments, **options):
        raise error

    monkeypatch.setattr(study, "compare", stopped)
    found, out, err = weightshift("compare", *PAIR, *SMALL, "--out", "out")
    assert found == code and message in err and out == ""
    assert list(tmp_path.iterdir()) == []


def test_a_folder_of_somebody_else_is_refused_before_the_first_world(weightshift, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.txt").write_text("mine")
    code, _, err = weightshift("compare", *PAIR, "--out", "out")
    assert code == 2 and "not a weightshift result" in err
    assert pathlib.Path("out/thesis.txt").read_text() == "mine"
