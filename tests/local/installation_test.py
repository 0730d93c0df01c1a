#!/usr/bin/env python3
"""The local installation when its processes are killed and its scripts race: deploy/local/up, down, status, logs, token and supervise.

Needs the built services; HEITIE_BUILD names the folder of the build. Installations live in folders and on ports of their own.
"""

import contextlib
import fcntl
import glob
import json
import os
import pathlib
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
with open(os.path.join(ROOT, "services/services.txt"), encoding="utf-8") as file:
    SERVICES = [line.split()[0] for line in file if line[0].isalpha()]
PROCESSES = ["database", *SERVICES]
PATIENCE = 120  # seconds, also for a machine that does much else
STORY_PATIENCE = 400  # of the whole story, in which people also wait for what a minute brings


def wait_for(what, condition):
    until = time.monotonic() + PATIENCE
    while not (result := condition()):
        if time.monotonic() > until:
            raise AssertionError(f"in vain: {what}")
        time.sleep(0.05)
    return result


def text_of(path):
    """What a process's file or a log holds; empty when there is none (any more)."""
    try:
        return pathlib.Path(path).read_bytes().decode(errors="replace")
    except OSError:
        return ""


def is_free(port):
    with socket.socket() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            s.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def free_base_port():
    """Below the ports that the kernel takes for outgoing connections, so that they stay free while processes restart."""
    while True:
        base = random.randrange(12000, 31000)
        if all(is_free(base + n) for n in [*range(1, 10), *range(101, 108)]):
            return base


class Installation:
    def __init__(self):
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="heitie-local-"))
        base = free_base_port()
        self.http = f"127.0.0.1:{base + 8}"
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("HEITIE_") or name == "HEITIE_BUILD"},
            "HEITIE_HOME": str(self.home),
            "HEITIE_HTTP": self.http,
            "HEITIE_GRPC": f"127.0.0.1:{base + 9}",
            "HEITIE_BASE_PORT": str(base),
        }

    def begin(self, script, *arguments, **more):
        command = [ROOT / "deploy" / "local" / script, *arguments]
        return subprocess.Popen(command, env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                text=True, **more)

    def run(self, script, *arguments, patience=PATIENCE):
        """The output of the script, which must succeed."""
        return self.end(self.begin(script, *arguments), patience)

    def end(self, process, patience=PATIENCE):
        output, _ = process.communicate(timeout=patience)
        if process.returncode != 0:
            raise AssertionError(f"{process.args} ended with {process.returncode}:\n{output}")
        return output

    def up(self):
        return self.run("up")

    def down(self):
        return self.run("down")

    def status(self):
        """The lines of status, and whether all are healthy."""
        process = self.begin("status")
        output, _ = process.communicate(timeout=PATIENCE)
        return output, process.returncode == 0

    def line(self, name):
        return next(line for line in self.status()[0].splitlines() if line.startswith(f"{name} "))

    def restarts(self, name):
        found = re.search(r"(\d+) restart", self.line(name))
        return int(found[1]) if found else 0

    def wait_healthy(self):
        wait_for("all healthy", lambda: self.status()[1])

    def processes(self):
        """Everything that runs for this installation, whoever knows of it: names to pids, by the folder in the command lines."""
        found = {}
        for file in glob.glob("/proc/[0-9]*/cmdline"):
            line = text_of(file)
            if str(self.home) not in line:
                continue
            arguments = line.split("\0")
            program = os.path.basename(arguments[0])
            name = {"mariadbd": "database"}.get(program, program.removeprefix("heitie-"))
            for i, argument in enumerate(arguments[:4]):
                if argument.endswith("/supervise"):
                    name = f"supervisor of {arguments[i + 2]}"
            found.setdefault(name, []).append(int(file.split("/")[2]))
        return found

    def pid(self, name):
        return int(text_of(self.home / "run" / f"{name}.pid") or 0)

    def kill(self, name, number=signal.SIGKILL):
        """The pid that got the signal."""
        pid = self.pid(name)
        os.kill(pid, number)
        return pid

    def wait_back(self, name, pid):
        wait_for(f"{name} comes back", lambda: self.pid(name) not in (0, pid))
        self.wait_healthy()

    def serves(self, token=None):
        """Whether a request comes through the gateway, a service and its database."""
        token = token or self.run("token", "--role", "ANALYST").strip()
        request = urllib.request.Request(f"http://{self.http}/v1/itemCategories", headers={"Authorization": f"Bearer {token}"})
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return isinstance(json.load(answer), dict)
        except OSError:
            return False

    @contextlib.contextmanager
    def locked(self):
        """As if an up or a down were at work."""
        with open(self.home / "run" / "lock", "a", encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def remove(self):
        try:
            self.down()
        finally:
            for pids in self.processes().values():
                for pid in pids:
                    os.kill(pid, signal.SIGKILL)
            shutil.rmtree(self.home)


class InstallationTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.it, cls.other = Installation(), Installation()
        cls.addClassCleanup(cls.other.remove)
        cls.addClassCleanup(cls.it.remove)
        # From nothing: folders, keys and the database's files are made as well, and tokens asked for at the same time.
        scripts = [cls.it.begin("up"), cls.it.begin("up"), *(cls.it.begin("token", "--role", "ANALYST") for _ in range(6))]
        cls.results = [(script.communicate(timeout=PATIENCE)[0], script.returncode) for script in scripts]

    def tearDown(self):
        if any(error for _, error in getattr(self._outcome, "errors", [])):
            for name in PROCESSES:
                log = self.it.home / ("db/mariadbd.log" if name == "database" else f"log/{name}.log")
                print(f"==> {name}", *text_of(log).splitlines()[-8:], sep="\n", file=sys.stderr)

    def expect_one_of_each(self, installation=None):
        processes = (installation or self.it).processes()
        expected = {**{name: 1 for name in PROCESSES}, **{f"supervisor of {name}": 1 for name in PROCESSES}}
        self.assertEqual({name: len(pids) for name, pids in processes.items()}, expected, processes)

    def expect_nothing(self):
        self.assertEqual(self.it.processes(), {})

    def test_01_everything_at_once_from_nothing(self):
        for output, code in self.results:
            self.assertEqual(code, 0, output)
        self.expect_one_of_each()
        for token, _ in self.results[2:]:
            self.assertTrue(self.it.serves(token.strip()))
        # What holds passwords and keys is its owner's only.
        for file in [self.it.home / "db" / "users.sql", *(self.it.home / "secrets").iterdir()]:
            self.assertEqual(file.stat().st_mode & 0o077, 0, file)

    def test_the_story_is_told(self):
        # In English tests/kubernetes/run rehearse has it told.
        self.it.environment["HEITIE_LANGUAGE"] = "zh-TW"
        self.assertIn("故事說完了；一切符合預期。", self.it.run("up", "--demo", patience=STORY_PATIENCE))

    def test_the_walk_of_the_readme_is_gone(self):
        self.it.up()
        readme = (ROOT / "README.md").read_text(encoding="utf-8")
        section = re.search(r"^## From plan to report with curl$(.*?)^## ", readme, re.MULTILINE | re.DOTALL)[1]
        lines = "".join(re.findall(r"^```\n(.*?)^```$", section, re.MULTILINE | re.DOTALL))
        self.assertIn("url=http://127.0.0.1:8080 ", lines)
        walk = subprocess.run(["bash", "-euc", lines.replace("127.0.0.1:8080", self.it.http)], cwd=ROOT, env=self.it.environment,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE, check=False)
        answers = [json.loads(line) for line in walk.stdout.splitlines() if line.startswith("{")]
        refused = [answer["error"]["details"][0]["reason"] for answer in answers if "error" in answer]
        self.assertEqual((refused, walk.returncode, walk.stderr), (["NOT_ACTIONABLE"], 0, ""), walk.stdout)
        self.assertEqual(len(answers) + 1, len(re.findall("^as ", lines, re.MULTILINE)), walk.stdout)
        states = [answer["state"] for answer in answers if answer.get("name", "").startswith("activities/") and "startTime" in answer]
        self.assertEqual(states, [f"STATE_{state}" for state in ("DRAFT", "PREPARING", "READY", "LIVE", "ENDED")])
        self.assertIn("| Impressions | ≥ 2 | 2 | 100.00 % | yes |\n| Participants | ≥ 2 | 1 | 50.00 % | no |", walk.stdout)

    def test_what_crashes_comes_back_and_says_why(self):
        self.it.up()
        ends = {"planning": signal.SIGKILL, "gateway": signal.SIGABRT, "database": signal.SIGKILL}
        before = {name: self.it.restarts(name) for name in PROCESSES}
        killed = {name: self.it.kill(name, number) for name, number in ends.items()}
        for name, pid in killed.items():
            self.it.wait_back(name, pid)
        wait_for("requests are served", self.it.serves)
        self.expect_one_of_each()
        for name, number in ends.items():
            why = re.escape(f"killed by signal {int(number)} ({signal.strsignal(number)})")
            self.assertRegex(self.it.line(name), rf"SERVING, .*, {why}, {before[name] + 1} restarts?, last \d+ s ago$")
        for name in set(PROCESSES) - set(ends):
            self.assertEqual(self.it.restarts(name), before[name], self.it.line(name))

    def test_what_cannot_start_is_tried_ever_less_often_until_up_mends_it(self):
        self.it.up()
        key, aside = self.it.home / "secrets" / "risk.key", self.it.home / "risk.key"
        log = self.it.home / "log" / "risk.log"
        key.rename(aside)
        try:
            before = len(text_of(log))
            self.it.kill("risk")

            def pauses():
                return re.findall(r"starts again in (\S+) s", text_of(log)[before:])

            wait_for("four pauses", lambda: len(pauses()) >= 4)
            self.assertEqual(pauses()[:4], ["0.2", "0.4", "0.8", "1.6"])
            line = r"^risk +- +not running, ended with exit code \d, \d+ restarts, last \d+ s ago, next in \d+ s$"
            wait_for("status says so", lambda: re.search(line, self.it.status()[0], re.MULTILINE))
        finally:
            aside.rename(key)
        self.it.up()
        self.expect_one_of_each()
        self.assertIn("SERVING", self.it.line("risk"))

    def test_up_while_processes_are_ending(self):
        self.it.up()
        for name in ("planning", "gateway", "database"):
            self.it.kill(name, signal.SIGTERM)
        self.it.up()
        self.it.wait_healthy()
        self.expect_one_of_each()

    def test_up_and_down_take_turns(self):
        self.it.up()
        down = self.it.begin("down")
        wait_for("down has begun", lambda: "gateway" not in self.it.processes())
        up = self.it.begin("up")
        self.it.end(down)
        self.it.end(up)
        self.expect_one_of_each()
        both = [self.it.begin("up"), self.it.begin("down"), self.it.begin("up")]
        for script in both:
            self.it.end(script)
        if self.it.processes():
            self.expect_one_of_each()
        self.it.down()
        self.expect_nothing()

    def test_killed_supervisors_leave_no_orphans(self):
        self.it.up()
        supervisors = {name: pids[0] for name, pids in self.it.processes().items() if name.startswith("supervisor")}
        os.kill(supervisors["supervisor of resource"], signal.SIGKILL)
        self.it.up()
        self.expect_one_of_each()
        resource = self.it.processes()["supervisor of resource"][0]
        self.assertNotEqual(resource, supervisors["supervisor of resource"])
        for pids in [pids for name, pids in self.it.processes().items() if name.startswith("supervisor")]:
            os.kill(pids[0], signal.SIGKILL)
        # Each process asks to be told of the death of its supervisor.
        wait_for("all end", lambda: not self.it.processes())
        self.it.down()
        self.it.up()
        for pids in [pids for name, pids in self.it.processes().items() if name.startswith("supervisor")]:
            os.kill(pids[0], signal.SIGKILL)
        self.it.down()
        self.expect_nothing()

    def test_interrupted_ups_leave_nothing_that_the_next_does_not_mend(self):
        fresh = self.other
        for number, group in ((signal.SIGKILL, False), (signal.SIGINT, True), (signal.SIGKILL, False)):
            up = fresh.begin("up", start_new_session=True)
            # Somewhere on the way: no process is there at first, and one more after the other later.
            wanted = random.randrange(0, 10)
            wait_for("up is on its way", lambda: up.poll() is not None or len(fresh.processes()) >= wanted)
            (os.killpg if group else os.kill)(up.pid, number)
            up.communicate(timeout=PATIENCE)
        fresh.up()
        self.expect_one_of_each(fresh)
        self.assertTrue(fresh.serves())
        up = fresh.begin("up")
        up.kill()
        up.communicate(timeout=PATIENCE)
        fresh.down()
        self.assertEqual(fresh.processes(), {})

    def test_strangers_are_left_alone(self):
        self.it.up()
        self.other.up()
        self.it.down()
        self.expect_nothing()
        self.expect_one_of_each(self.other)
        self.assertTrue(self.other.serves())
        # A pid file that was left behind, and its pid is somebody else's now.
        with subprocess.Popen(["sleep", "1000"]) as stranger:
            for script in ("down", "up"):
                (self.it.home / "run" / "planning.pid").write_text(f"{stranger.pid}\n", encoding="utf-8")
                self.assertIn("not running", self.it.line("planning"))
                self.it.run(script)
                self.assertIsNone(stranger.poll())
            self.expect_one_of_each()
            stranger.kill()

    def test_who_waits_says_so_and_the_others_work_meanwhile(self):
        self.it.up()
        with self.it.locked():
            up = self.it.begin("up")
            down = self.it.begin("down")
            self.assertRegex(self.it.line("gateway"), "SERVING")
            self.assertTrue(self.it.run("token", "--role", "ANALYST"))
            self.assertIn("==>", self.it.run("logs"))
            self.assertIn("Waiting for another up or down", down.stdout.readline())
            self.expect_one_of_each()
        self.it.end(up)
        self.it.end(down)
        self.it.down()
        self.expect_nothing()

    def test_nothing_of_the_caller_is_kept(self):
        self.it.down()
        read, write = os.pipe()
        caller = tempfile.mkdtemp()
        self.it.end(self.it.begin("up", pass_fds=[write], cwd=caller))
        os.close(write)
        # Nobody holds the other end, so that reading comes to its end at once.
        self.assertEqual(os.read(read, 1), b"")
        os.close(read)
        for pids in self.it.processes().values():
            self.assertNotEqual(os.readlink(f"/proc/{pids[0]}/cwd"), caller)
            self.assertNotEqual(os.getsid(pids[0]), os.getsid(0))
        os.rmdir(caller)


if __name__ == "__main__":
    unittest.main(verbosity=2)
