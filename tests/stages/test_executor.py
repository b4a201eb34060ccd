"""Work done elsewhere: in processes of this machine and on a real cluster of two workers, whose deaths lose nothing and double nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pubtrack import executor
from pubtrack.errors import UsageError
from pubtrack.executor import Failure
from tests.conftest import ROOT
from tests.peers.cluster import Cluster, cluster_of_two
from tests.peers.work import die, die_once, fail_on_three, hang, square, unpicklable, who


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    with cluster_of_two(tmp_path) as made:
        yield made


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return Path(f"/proc/{pid}/stat").read_text().split()[2] == "Z"


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_every_item_comes_back_once_with_its_result(workers: int) -> None:
    with executor.opened(workers) as some:
        found = dict(some.map(square, range(50)))

    assert found == {number: number * number for number in range(50)}


@pytest.mark.parametrize("workers", [1, 2])
def test_what_the_function_raises_is_a_failure_of_that_item(workers: int) -> None:
    with executor.opened(workers) as some:
        found = dict(some.map(fail_on_three, range(5)))

    assert found == {0: 0, 1: 1, 2: 2, 3: Failure("ValueError: three is not done"), 4: 4}


def test_items_are_drawn_only_as_workers_can_take_them_up() -> None:
    """However many there are: memory holds a few."""
    drawn = 0

    def items() -> Iterator[int]:
        nonlocal drawn
        for number in range(1_000):
            drawn += 1
            yield number

    with executor.opened(2) as some:
        results = some.map(square, items())
        next(results)

        assert drawn <= 4


def test_work_is_shared_out() -> None:
    with executor.opened(2) as some:
        processes = {result for _, result in some.map(who, range(20))}

    assert len(processes) == 2
    assert os.getpid() not in processes


def test_an_item_whose_worker_dies_is_tried_once_more(tmp_path: Path) -> None:
    with executor.opened(2) as some:
        assert list(some.map(die_once, [str(tmp_path)])) == [(str(tmp_path), "done")]


def test_an_item_that_kills_every_worker_is_a_failure_and_the_others_are_done() -> None:
    with executor.opened(2) as some:
        assert list(some.map(die, ["a"])) == [("a", Failure("its worker died on it twice"))]
        assert dict(some.map(square, range(5))) == {number: number * number for number in range(5)}


def test_a_worker_that_hangs_is_not_waited_for() -> None:
    with executor.opened(2, patience=3) as some:
        found = dict(some.map(hang, [0.0, 600.0, 0.01]))

    assert found == {0.0: 0.0, 0.01: 0.01, 600.0: Failure("its worker died on it twice")}


def test_what_cannot_be_pickled_is_a_failure() -> None:
    with executor.opened(2) as some:
        ((_, result),) = some.map(unpicklable, [1])
        ((_, other),) = some.map(lambda _: 1, [1])

    assert isinstance(result, Failure)
    assert "pickle" in result.reason
    assert isinstance(other, Failure)
    assert other.reason.startswith("it cannot be handed out")


def test_nothing_goes_on_after_the_end() -> None:
    """Also not what was in the middle of its work."""
    with executor.opened(2) as some:
        processes = {result for _, result in some.map(who, range(10))}
        results = some.map(hang, [0.0, 600.0, 600.0])
        next(results)

    assert [pid for pid in processes if not gone(pid)] == []


def test_ctrl_c_ends_it_with_its_workers(tmp_path: Path) -> None:
    code = (  # whoever is started in the background of a shell ignores Ctrl-C: here it is listened to again
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from pubtrack import executor; from tests.peers.work import hang, who\n"
        "with executor.opened(2) as some:\n"
        "    print(*{result for _, result in some.map(who, range(10))}, flush=True)\n"
        "    list(some.map(hang, [600.0] * 4))\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        workers = [int(pid) for pid in process.stdout.readline().split()]
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        try:
            said = process.communicate(timeout=20)[1]
        finally:
            process.kill()

    assert said.rstrip().endswith("KeyboardInterrupt")
    assert len(workers) == 2
    assert [pid for pid in workers if not gone(pid)] == []


def test_workers_do_not_outlive_whoever_started_them() -> None:
    code = (
        "import os, signal; from pubtrack import executor; from tests.peers.work import who\n"
        "with executor.opened(2) as some:\n"
        "    print(*{result for _, result in some.map(who, range(10))}, flush=True)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True, timeout=60, check=False
    )
    workers = [int(pid) for pid in ended.stdout.split()]

    assert len(workers) == 2
    assert until(lambda: all(map(gone, workers)), 10)


def until(holds: Callable[[], bool], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not holds() and time.monotonic() < end:
        time.sleep(0.05)
    return holds()


def test_a_scheduler_that_is_not_there_is_said_in_a_sentence() -> None:
    with (
        pytest.raises(
            UsageError, match=r"^no scheduler of dask answers at nowhere\. Give its address as tcp://HOST:PORT.$"
        ),
        executor.opened(dask="nowhere"),
    ):
        pass


def test_without_the_package_it_is_said_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)

    with (
        pytest.raises(
            UsageError,
            match=r"^--dask needs the package distributed. Install it with: pip install 'pubtrack\[cluster\]'$",
        ),
        executor.opened(dask="tcp://127.0.0.1:1"),
    ):
        pass


@pytest.mark.slow
def test_on_a_cluster_nothing_is_lost_or_doubled_when_a_worker_is_killed(cluster: Cluster) -> None:
    with executor.opened(dask=cluster.address) as some:
        found: Counter[tuple[int, int]] = Counter()
        for number, (item, result) in enumerate(some.map(square, range(60))):
            assert not isinstance(result, Failure), result
            found[item, result] += 1
            if number == 20:
                cluster.kill_one()

    assert found == Counter((number, number * number) for number in range(60))


@pytest.mark.slow
def test_a_cluster_that_is_lost_is_not_waited_for(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pubtrack.executor.cluster._LOST", 2.0)

    with executor.opened(dask=cluster.address) as some:
        results = some.map(hang, [0.0, 600.0])
        assert next(results) == (0.0, 0.0)
        cluster.kill_one()
        cluster.kill_one()

        assert next(results) == (600.0, Failure(f"the cluster at {cluster.address} has no workers any more"))
