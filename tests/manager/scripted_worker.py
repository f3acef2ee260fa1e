"""A worker that speaks the protocol without training: scores are made up, processes are real.

The study's name chooses how it behaves: ``plain`` runs through, ``endless`` trains its second
trial until it is told to stop, ``deaf`` does so and ignores stop, ``refused`` is not taken,
``full`` gives up after each trial, ``long`` is in the second epoch of its second trial until it is
told to stop, ``deadly`` dies whenever it is to run,
``lame`` is like ``endless`` and does nothing in another's place until it is told to stop.
"""

from __future__ import annotations

import argparse
import json
import os
import queue
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout


class Journal:
    """Numbers events, writes them to the journal, then to the pipe."""

    def __init__(self, path: Path, study: str, pipe: Any) -> None:
        known = path.read_bytes().splitlines(keepends=True) if path.exists() else []
        whole = [line for line in known if line.endswith(b"\n")]
        path.write_bytes(b"".join(whole))
        self.events = [json.loads(line) for line in whole]
        self._file = path.open("ab", buffering=0)
        self.study = study
        self._pipe = pipe

    def write(self, kind: str, **fields: Any) -> None:
        event = {"seq": len(self.events) + 1, "time": time.time(), "kind": kind, **fields}
        self.events.append(event)
        self._file.write(json.dumps(event).encode() + b"\n")
        self._pipe.write(json.dumps({**event, "study": self.study}).encode() + b"\n")
        self._pipe.flush()


def score_of(trial: int) -> float:
    return round(1 - 1 / (trial + 1), 6)


class Worker:
    def __init__(self, events_fd: int) -> None:
        self.pipe = os.fdopen(events_fd, "wb")
        self.commands: queue.Queue[dict[str, Any]] = queue.Queue()
        self.stop = threading.Event()
        self.reason = "stopped"

    def listen(self) -> None:
        for line in sys.stdin:
            command = json.loads(line)
            if command["command"] in ("stop", "pause"):
                self.reason = {"stop": "stopped", "pause": "paused"}[command["command"]]
                self.stop.set()
            elif command["command"] != "skip":
                self.stop.clear()
                self.commands.put(command)
        os._exit(0)

    def say(self, **event: Any) -> None:
        self.pipe.write(json.dumps(event).encode() + b"\n")
        self.pipe.flush()

    def beat(self) -> None:
        while True:
            # In one write, which no event of the other thread can break up.
            os.write(self.pipe.fileno(), b'{"kind": "beat"}\n')
            time.sleep(0.1)

    def serve(self) -> None:
        threading.Thread(target=self.beat, daemon=True).start()
        self.say(kind="ready", pid=os.getpid(), device="CPU, scripted", versions={}, memory_mb=1)
        threading.Thread(target=self.listen, daemon=True).start()
        while True:
            command = self.commands.get()
            folder = Path(command["home"]) / "studies" / command["study"]
            if command["command"] == "run":
                self.run(command, folder)
            else:
                self.answer(command, folder)

    def answer(self, command: dict[str, Any], folder: Path) -> None:
        reply = {"kind": "reply", "request": command["request"]}
        if command["command"] == "test":
            journal = Journal(folder / "events.jsonl", command["study"], self.pipe)
            journal.write("test_revealed", trial=2, metrics={"accuracy": 0.5, "loss": 1.0})
            self.say(**reply, ok=True, result={"accuracy": 0.5, "loss": 1.0})
        elif command["command"] == "export_model":
            model, overtaking = "model", folder / "overtaking.npz"
            if overtaking.exists():
                # A search finds a better one after this one's weights were read.
                model = "the one before"
                overtaking.replace(folder / "best.npz")
            (folder / "model.keras").write_text(model)
            self.say(**reply, ok=True, result={"path": "model.keras"})
        elif command["command"] == "assess":
            self.say(**reply, **self.assessed(command, folder))
        else:
            self.say(**reply, ok=False, error="No bundle today.")

    def assessed(self, command: dict[str, Any], folder: Path) -> dict[str, Any]:
        """Count the steps; nine of them take until it is told to stop, none is refused."""
        steps = command["options"]["steps"]
        if not steps:
            return {"ok": False, "error": "Nothing to count."}
        about = {"kind": "assessing", "request": command["request"]}
        self.say(**about, share=0.5, doing="counting")
        if steps == 9:
            self.stop.wait()
            return {"ok": True, "result": {"complete": False}}
        (folder / "assessments").mkdir(exist_ok=True)
        name = "toy.json"
        document = {"made_of": command["made_of"], "result": {"steps": steps}}
        (folder / "assessments" / name).write_text(json.dumps(document))
        return {"ok": True, "result": {"complete": True}}

    def run(self, command: dict[str, Any], folder: Path) -> None:
        spec = json.loads((folder / "spec.json").read_text())
        # The search of an outer fold behaves as that of its study.
        spec["name"] = spec["name"].partition(",")[0]
        if spec["name"] == "deadly":
            os.kill(os.getpid(), signal.SIGKILL)
        if spec["name"] == "lame" and command.get("after"):
            self.stop.wait()
        lock = FileLock(folder / "lock")
        try:
            if spec["name"] == "refused":
                raise Timeout("lock")
            lock.acquire(timeout=5)
        except Timeout:
            self.say(kind="refused", study=command["study"], message="Not this study.")
            return
        (folder / "owner.json").write_text(
            json.dumps({"pid": os.getpid(), "server": command["server"]})
        )
        journal = Journal(folder / "events.jsonl", command["study"], self.pipe)
        for path in sorted(folder.glob("edits/*.json")):
            journal.write("edited", edit=path.stem, **json.loads(path.read_text()))
            path.unlink()
        ended = {e["trial"] for e in journal.events if e["kind"] == "trial_ended"}
        journal.write(
            "study_started",
            pid=os.getpid(),
            device="CPU, scripted",
            versions={},
            resumed=bool(ended),
            after=command.get("after", ""),
            rows={"train": 8, "validation": 1, "test": 1},
            elapsed=0.0,
        )
        for trial in range(1, spec["budget"]["trials"] + 1):
            if trial in ended:
                continue
            if not self.train(journal, folder, spec, trial):
                journal.write(
                    "study_ended", status=self.reason, reason=self.reason, message="", seconds=1.0
                )
                break
            if spec["name"] == "full" and trial < spec["budget"]["trials"]:
                lock.release()
                self.say(kind="recycle", study=command["study"])
                os._exit(0)
        else:
            journal.write(
                "study_ended", status="finished", reason="trials", message="", seconds=1.0
            )
        lock.release()

    def train(self, journal: Journal, folder: Path, spec: dict[str, Any], trial: int) -> bool:
        """Report one trial; False when stopped in it."""
        epochs = spec["budget"]["epochs"]
        journal.write(
            "trial_started",
            trial=trial,
            config={"units": trial},
            parent=None,
            epochs=epochs,
            initial_epoch=0,
            bracket=None,
            round=None,
            seed=trial,
            suggested_in=0.0,
        )
        score = score_of(trial)
        for epoch in range(1, epochs + 1):
            if spec["name"] == "long" and (trial, epoch) == (2, 2):
                nodes = [{"name": "second", "lanes": 2, "refused": ""}]
                self.say(kind="nodes", study=journal.study, nodes=nodes)
                told = {"trial": trial, "execution": 1, "epoch": epoch, "share": 0.4}
                self.say(kind="progress", study=journal.study, **told)
                self.stop.wait()
            metrics = {"loss": 1.0, "val_loss": None, "val_accuracy": score}
            journal.write(
                "epoch", trial=trial, execution=1, epoch=epoch, metrics=metrics, seconds=0.01
            )
        resumed = sum(1 for event in journal.events if event["kind"] == "study_started") > 1
        if trial == 2 and not resumed and spec["name"] in ("endless", "deaf", "lame"):
            if spec["name"] == "deaf":
                threading.Event().wait()
            self.stop.wait()
        if self.stop.is_set():
            return False
        (folder / "best.npz").write_text("weights")
        journal.write(
            "trial_ended",
            trial=trial,
            status="completed",
            score=score,
            best_epoch=epochs,
            best_execution=1,
            epochs=epochs,
            seconds=0.1,
            parameters=10,
            executions=[
                {
                    "execution": 1,
                    "status": "completed",
                    "score": score,
                    "best_epoch": epochs,
                    "epochs": epochs,
                }
            ],
            message="",
        )
        return True


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--events-fd", type=int, required=True)
    Worker(parser.parse_args().events_fd).serve()
