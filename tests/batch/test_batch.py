"""Batches in this process: each item once, whatever happens, and nothing lost that was finished."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import batch_work
import pytest
from breaking_off import finish, interrupt, rows

from falseflag.batch import run_batch
from falseflag.batch.store import Store, is_store
from falseflag.errors import CaseError, RequestError

ITEMS = {f"item {n}": n for n in range(6)}
FILLING = Path(__file__).with_name("filling.py")


def test_results_come_in_the_order_of_the_items_and_progress_is_told() -> None:
    told: list[tuple[int, int]] = []
    results = run_batch(batch_work.square, ITEMS, progress=lambda done, total: told.append((done, total)))
    assert list(results) == list(ITEMS)
    assert results["item 5"] == {"square": 25}
    assert told == [(n, 6) for n in range(7)]


def test_what_is_in_the_store_is_not_done_again(tmp_path: Path) -> None:
    store = tmp_path / "new" / "store"
    run_batch(batch_work.recorded, {"a": (str(tmp_path), 1)}, store=store, identity={"seed": (1, 2)})
    both = {"b": (str(tmp_path), 2), "a": (str(tmp_path), 1)}
    told: list[tuple[int, int]] = []
    again = run_batch(
        batch_work.recorded, both, store=store, identity={"seed": [1, 2]}, progress=lambda *now: told.append(now)
    )
    assert list(again.items()) == [("b", {"square": 4}), ("a", {"square": 1})]
    assert told == [(1, 2), (2, 2)]
    begun = Counter(path.name.partition("-")[0] for path in tmp_path.iterdir() if path.is_file())
    assert begun == {"1": 1, "2": 1}


def test_a_line_that_was_broken_off_is_done_again(tmp_path: Path) -> None:
    store = tmp_path / "store"
    run_batch(batch_work.square, {"é": 1, **ITEMS}, store=store)
    whole = store.read_bytes()
    for length in range(len(whole)):
        store.write_bytes(whole[:length])
        assert is_store(store)
        assert run_batch(batch_work.square, {"é": 1, **ITEMS}, store=store)["item 5"] == {"square": 25}
        assert store.read_bytes() == whole


def test_another_batch_a_damaged_one_and_another_file_are_refused(tmp_path: Path) -> None:
    store = tmp_path / "store"
    run_batch(batch_work.square, ITEMS, store=store, identity={"seed": 1, "case": "a"})
    whole = store.read_text()
    with pytest.raises(RequestError, match=r"another batch \(seed was 1, now 2\); delete it"):
        run_batch(batch_work.square, ITEMS, store=store, identity={"seed": 2, "case": "a"})
    assert store.read_text() == whole
    for damage in ("{}\n", "not JSON\n", '{"key": "item 1", "result": {}}\n', "a note without an end", '{"key": "a"}'):
        store.write_text(whole + damage)
        with pytest.raises(RequestError, match=r"store:8: is damaged or was changed"):
            run_batch(batch_work.square, ITEMS, store=store, identity={"seed": 1, "case": "a"})
        assert store.read_text() == whole + damage
    store.write_text(whole.replace('"square": 25', '"square": 26'))
    with pytest.raises(RequestError, match=r"store:7: is damaged or was changed"):
        run_batch(batch_work.square, ITEMS, store=store, identity={"seed": 1, "case": "a"})
    for other in ('{"posterior": 0.5}\n', '{"falseflag": 1, "identity": {}}\n', "thesis", "mine\nand mine"):
        store.write_text(other)
        with pytest.raises(RequestError, match="is not a batch that this version of falseflag wrote"):
            run_batch(batch_work.square, ITEMS, store=store)
        assert store.read_text() == other
    with pytest.raises(RequestError, match="cannot be written"):
        run_batch(batch_work.square, ITEMS, store=store / "below")


@pytest.mark.parametrize("content", ["", "mine"])
def test_a_link_and_a_pipe_are_refused(tmp_path: Path, content: str) -> None:
    outside = tmp_path / "outside"
    outside.write_text(content)
    (tmp_path / "store").symlink_to(outside)
    with pytest.raises(RequestError, match="store: cannot be written"):
        run_batch(batch_work.square, ITEMS, store=tmp_path / "store")
    assert outside.read_text() == content
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(RequestError, match="no ordinary file"):
        run_batch(batch_work.square, ITEMS, store=tmp_path / "pipe")


def test_a_disk_that_fills_up_leaves_the_store_whole(tmp_path: Path) -> None:
    store = tmp_path / "store"
    run_batch(batch_work.square, ITEMS, store=store)
    whole = store.read_bytes()
    store.unlink()
    ended = subprocess.run(
        [sys.executable, FILLING, store, str(len(whole) - 5)], capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "store: could not be written (File too large); what was there is kept" in ended.stdout
    assert store.read_bytes() == whole[: whole[:-1].rindex(b"\n") + 1]
    run_batch(batch_work.square, ITEMS, store=store)
    assert store.read_bytes() == whole


def test_two_at_once_are_refused(tmp_path: Path) -> None:
    with Store(tmp_path / "store", {}), pytest.raises(RequestError, match="another falseflag is working on it"):
        run_batch(batch_work.square, ITEMS, store=tmp_path / "store")
    assert run_batch(batch_work.square, ITEMS, store=tmp_path / "store")


def test_what_an_item_raises_stops_the_batch_and_names_it(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError) as caught:
        run_batch(batch_work.fail_at_three, ITEMS, store=tmp_path / "store")
    assert caught.value.__notes__ == ["This was item 'item 3' of the batch."]
    assert [row["key"] for row in rows(tmp_path / "store")] == ["item 0", "item 1", "item 2"]
    with pytest.raises(RequestError, match="no such thing"):
        run_batch(batch_work.refuse, ITEMS)
    with pytest.raises(ValueError, match="JSON"):
        run_batch(batch_work.not_finite, ITEMS)


def test_errors_in_a_case_come_through_a_process_whole() -> None:
    with pytest.raises(CaseError) as caught:
        batch_work.find_mistakes(1)
    back = pickle.loads(pickle.dumps(caught.value))  # noqa: S301
    assert str(back) == str(caught.value)
    assert back.diagnostics == caught.value.diagnostics


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_a_batch_that_was_broken_off_goes_on(tmp_path: Path, how: signal.Signals) -> None:
    interrupt(tmp_path, 60, "", how)
    assert len(rows(tmp_path / "store")) < 60
    ended = finish(tmp_path, 60, "")
    assert (ended.stdout, ended.stderr) == ("60\n", "")
    assert sorted(str(row["key"]) for row in rows(tmp_path / "store")) == sorted(f"item {n}" for n in range(60))
    begun = Counter(path.name.partition("-")[0] for path in tmp_path.iterdir() if path.name != "store")
    assert sum(begun.values()) <= 61  # what was interrupted is begun twice
