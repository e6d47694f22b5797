"""Print the tables of the documentation anew, and write them into docs/tables.

``python -m benchmarks publish`` runs every command in COMMANDS, and
``python -m benchmarks publish fit predict`` those two.
"""

import csv
import io
import re
import shlex
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "docs" / "tables"

# The commands whose tables the documentation shows, by the name of the files.
COMMANDS = {
    "alphas": "alphas",
    "bands": "bands",
    "coverage": "coverage --replications 1000",
    "deconvolution": "deconvolution --funds 3619 100000 --most 4000",
    "device": "device",
    "fit": "fit",
    "fit-five": "fit --population 'five groups' --cells 1e6 --others 0",
    "funds": "funds",
    "gap": "gap",
    "gap_test": "gap_test",
    "honesty": "honesty",
    "iteration": "iteration",
    "lrt": "lrt",
    "lrt_time": "lrt_time",
    "moderation": "moderation --replications 50",
    "optima": "optima --problems 70",
    "predict": "predict",
    "scale": "scale --overheads 16 256",
    "scale-large": "scale --cells 5e8 1e9 --no-processes --overheads",
}


def add_arguments(parser):
    """Options of this command."""
    parser.add_argument("names", nargs="*", choices=[[], *COMMANDS], help="all if none")


def main(arguments):
    """Run the commands one after the other, and replace the files of each that succeeds."""
    for name in arguments.names or COMMANDS:
        write(name, read_tables(run(COMMANDS[name])))


def run(command):
    """What a command prints, which is shown as it comes."""
    arguments = [sys.executable, "-m", "benchmarks", *shlex.split(command)]
    lines = []
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout:
            print(line, end="", flush=True)
            lines.append(line)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, arguments)
    return "".join(lines)


def read_tables(text):
    """The tables in printed text: the line above each, and its rows of cells."""
    tables, title, rows = [], "", []
    for line in [*text.splitlines(), ""]:
        if line.startswith("|"):
            rows.append([cell.strip() for cell in line.strip()[1:-1].split("|")])
        elif rows:
            tables.append((title, [rows[0], *rows[2:]]))  # the second row is a rule
            title, rows = line.strip(), []
        elif line.strip():
            title = line.strip()
    return tables


def write(name, tables):
    """Replace the files of a command. Tables of parts of a table are left out."""
    for path in FOLDER.glob(f"{name}-[0-9].txt"):
        path.unlink()
    whole = [(title, rows) for title, rows in tables if not title.endswith("by kind")]
    for number, (title, rows) in enumerate(whole, 1):
        text = as_directive(title, rows, COMMANDS[name])
        (FOLDER / f"{name}-{number}.txt").write_text(text, encoding="utf-8")


def as_directive(title, rows, command):
    """A table in reStructuredText, with the command that printed it."""
    body = io.StringIO()
    csv.writer(body, lineterminator="\n").writerows(
        [escape(cell) for cell in row] for row in rows
    )
    lines = [
        f".. csv-table:: {escape(title)}. Printed by ``python -m benchmarks {command}``.",
        "   :header-rows: 1",
        "   :class: measured",
        "",
        *(f"   {line}" for line in body.getvalue().splitlines()),
    ]
    return "\n".join(lines) + "\n"


def escape(text):
    """Text that has no markup for Sphinx. A dash alone would start a list."""
    return re.sub(r"([*`_|\\]|^-$)", r"\\\1", text)
