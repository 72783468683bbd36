"""Machines of a lab, each a namespace of processes, mounts, network and names, on a bridge that nothing else is on.

Run as a program in namespaces of its own it does what ``checker/CLUSTER.md`` says, word by word, and prints what came of it as
JSON: ``python -m tests.lab steps|slurm FOLDER SCOPE``. ``/shared`` is ``/mnt`` here, since a page may name what is not there.
Each machine has ``/tmp`` and ``HOME`` of its own, so that it knows of the others by the network and the shared directory alone.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "checker" / "CLUSTER.md"
PATIENCE = 900.0
"""How many seconds a command may take."""
ENOUGH_FILES = 8
"""How many files of a checkpoint there are when a search is well under way."""
HOME = {**os.environ, "HOME": "/tmp"}  # noqa: S108  # of a machine's own
GIVEN = {
    "SLURM_JOB_NODELIST": "machine[1-4]",
    "SLURM_JOB_NUM_NODES": "4",
    "SLURM_CPUS_PER_TASK": "1",
    "SLURM_SUBMIT_DIR": "/mnt",
}
ALONE = ("unshare", "--mount", "--net", "--uts", "--pid", "--fork", "--kill-child", "--mount-proc")


def blocks(title: str) -> list[str]:
    """Return what is between fences under a title of the page."""
    section = PAGE.read_text(encoding="utf-8").partition(f"## {title}\n")[2].partition("\n## ")[0]
    return [re.sub(r"^ {3}", "", found, flags=re.MULTILINE) for found in re.findall(r"```\n(.*?)```", section, re.DOTALL)]


def asking(words: str, scope: str) -> str:
    """Return the page's search with a scope that takes seconds, and an answer for programs."""
    return words.replace("--no-reduction", f"--no-reduction --claims none --scope {scope} --json")


class Machine:
    """One with a number, and with the address 10.0.0.NUMBER; ``own`` is its ``/tmp``."""

    def __init__(self, number: int, own: Path, shared: Path) -> None:
        self.number, self.own = number, own
        own.mkdir(parents=True)
        names = "".join(f"10.0.0.{i} machine{i}\n" for i in range(1, 9))
        (own / "hosts").write_text(f"127.0.0.1 localhost\n{names}", encoding="utf-8")
        begin = [
            f"mount --bind {shared} /mnt",
            f"mount --bind {own / 'hosts'} /etc/hosts",
            f"mount --bind {own} /tmp",
            f"hostname machine{number}",
            "ip link set lo up",
            "echo begun",
            "exec sleep infinity",
        ]
        self.process = subprocess.Popen([*ALONE, "sh", "-ec", "\n".join(begin)], stdout=subprocess.PIPE, text=True)  # noqa: S603
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "begun\n"
        self.init = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text(encoding="utf-8").strip()
        ip(f"link add veth{self.init} type veth peer name eth0 netns {self.init}")
        ip(f"link set veth{self.init} master lab up")
        self.run(f"ip address add 10.0.0.{number}/24 dev eth0; ip link set eth0 up; ip route add default dev eth0")

    def inside(self, command: str) -> list[str]:
        """Return how a command of a shell is begun on it."""
        return ["nsenter", "--target", self.init, "--mount", "--net", "--uts", "--pid", "bash", "-c", command]

    def run(self, command: str) -> str:
        """Return what a command prints."""
        done = subprocess.run(  # noqa: S603
            self.inside(command), env=HOME, capture_output=True, text=True, timeout=PATIENCE, check=False, cwd=ROOT
        )
        if done.returncode:
            sys.exit(f"machine {self.number}: {command}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}")
        return done.stdout

    def ends(self) -> None:
        """Have it end with all that runs on it, as by a power cut."""
        self.process.kill()
        self.process.wait()


def ip(line: str) -> None:
    """Change the network."""
    subprocess.run(["ip", *line.split()], check=True)  # noqa: S603, S607


@contextlib.contextmanager
def machines(folder: Path, shared: Path, number: int) -> Iterator[Sequence[Machine]]:
    """Make them, and end them."""
    shared.mkdir(parents=True, exist_ok=True)
    ip("link add lab type bridge")
    ip("link set lab up")
    there = [Machine(i, folder / str(i), shared) for i in range(1, number + 1)]
    try:
        yield there
    finally:
        for one in there:
            one.ends()
        ip("link delete lab")


def steps(folder: Path, scope: str) -> Mapping[str, object]:
    """Do the steps for three machines; then search again while one of them ends."""
    first, others, question = blocks("Three machines in ten minutes")[:3]
    question = asking(question.strip(), scope).replace("/shared", "/mnt")
    shared = folder / "shared"
    with machines(folder, shared, 3) as (one, two, three):
        one.run(first)
        for another in (two, three):
            (another.own / ".ray").mkdir()
            shutil.copy(one.own / ".ray" / "auth_token", another.own / ".ray")
            another.run(others)
        said = two.run(f"export RAY_AUTH_MODE=token; {question}")
        again = question.replace("night", "again")
        search = subprocess.Popen(  # noqa: S603
            two.inside(f"export RAY_AUTH_MODE=token; {again}"), env=HOME, stdout=subprocess.PIPE, text=True, cwd=ROOT
        )
        while len(list((shared / "again").glob("*"))) <= ENOUGH_FILES and search.poll() is None:
            time.sleep(0.05)
        was_at_it = search.poll() is None
        three.ends()
        after, _ = search.communicate(timeout=PATIENCE)
        for another in (one, two):
            another.run("ray stop")
    return {"answer": json.loads(said), "was_at_it": was_at_it, "after": json.loads(after)}


SLURM = {
    "scontrol": "printf 'machine%s\\n' 1 2 3 4",
    "srun": """
case "$*" in
*"-w machine1 "*) on=1 ;;
*"--exclude machine1 "*) on="2 3 4" ;;
*) echo "srun: $*" >&2; exit 1 ;;
esac
while [ "$1" != ray ]; do shift; done
for i in $on; do
    { export -p | grep RAY_; echo "exec $*"; } > /mnt/steps/new.$i
    mv /mnt/steps/new.$i /mnt/steps/on.$i
done
exec sleep infinity
""",
}
"""What a batch system's commands do here: ``srun`` has the same begun on other machines."""


def slurm(folder: Path, scope: str) -> Mapping[str, object]:
    """Submit the script to four machines, and once more to others when these have ended before the search is done."""
    (script,) = blocks("In Slurm")
    shared = folder / "shared"
    (shared / "commands").mkdir(parents=True)
    (shared / "script").write_text(asking(script, scope), encoding="utf-8")
    for name, what in SLURM.items():
        (shared / "commands" / name).write_text(f"#!/bin/bash\n{what}", encoding="utf-8")
        (shared / "commands" / name).chmod(0o755)
    with machines(folder / "first", shared, 4) as there:
        cut = submitted(there, shared, ended=lambda: len(list((shared / "kept").glob("*"))) > ENOUGH_FILES)
    with machines(folder / "second", shared, 4) as there:
        begun = submitted(there, shared, ended=lambda: False)
    return {"cut": cut, "begun": begun, "answer": json.loads((shared / "said").read_text(encoding="utf-8"))}


def submitted(there: Sequence[Machine], shared: Path, ended: Callable[[], bool]) -> list[int]:
    """Have the first machine run the script until that is over or ``ended``; return on which a step was begun."""
    steps = shared / "steps"
    shutil.rmtree(steps, ignore_errors=True)
    steps.mkdir()
    job = subprocess.Popen(  # noqa: S603
        there[0].inside("PATH=/mnt/commands:$PATH exec bash /mnt/script > /mnt/said"), env=HOME | GIVEN, cwd=ROOT
    )
    begun = []
    while job.poll() is None and not ended():
        for step in steps.glob("on.*"):
            number = int(step.suffix[1:])
            step.rename(step.with_name(f"begun.{number}"))
            begun.append(number)
            step_there = there[number - 1].inside(f"exec bash /mnt/steps/begun.{number}")
            subprocess.Popen(step_there, env=HOME, stdout=subprocess.DEVNULL)  # noqa: S603
        time.sleep(0.05)
    return sorted(begun)


def main(what: str, folder: str, scope: str) -> None:
    """Do one of them."""
    sys.stdout.write(json.dumps({"steps": steps, "slurm": slurm}[what](Path(folder), scope)))


if __name__ == "__main__":
    main(*sys.argv[1:])
