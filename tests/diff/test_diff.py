# SPDX-License-Identifier: GPL-3.0-or-later
"""The same zones in ensign and in knotd, nsd and named; the same questions; answers compared.

Over UDP every question goes to all four. Where exactly one of two answers is truncated, and for a sample of
the others, the question is asked again over TCP and those answers are compared.
"""
import pathlib
import random
import socket

import pytest

import accepted
import compare
import peers
import questions
import zones

SEED = 20261121
ROOT_SAMPLE = 400    # names of the root zone asked for
TCP_SAMPLE = 300     # questions of each zone also asked over TCP


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp, socket.socket() as tcp:
        udp.bind(("127.0.0.1", 0))
        tcp.bind(("127.0.0.1", udp.getsockname()[1]))
        return udp.getsockname()[1]


def start_all(directory, served):
    servers = []
    try:
        for kind in (peers.Ensign, peers.Knot, peers.Nsd, peers.Named):
            server = kind(directory / kind.name, served, free_port())
            servers.append(server)
            server.start()
    except Exception:
        stop_all(servers)
        raise
    return servers


def stop_all(servers):
    for server in servers:
        server.stop()


class Run:
    """One differential run: what was asked, what differed, which rules explained it."""

    def __init__(self, servers, used):
        self.servers = servers
        self.used = used
        self.asked = 0
        self.unexplained = []

    def ask(self, asked):
        wires = [q.wire() for q in asked]
        answers = {peer.name: [compare.parse(a) for a in peer.ask(wires)] for peer in self.servers}
        self.asked += len(asked)
        again = set(random.Random(SEED).sample(range(len(asked)), min(TCP_SAMPLE, len(asked))))
        for index, question in enumerate(asked):
            at = {name: answers[name][index] for name in answers}
            if self.truncation_differs(at):
                again.add(index)
            else:
                self.judge(question, at, "udp")
        self.ask_tcp([asked[i] for i in sorted(again)])

    def ask_tcp(self, asked):
        wires = [q.wire() for q in asked]
        answers = {peer.name: [compare.parse(a) for a in peer.ask_tcp(wires)] for peer in self.servers}
        for index, question in enumerate(asked):
            self.judge(question, {name: answers[name][index] for name in answers}, "tcp")

    @staticmethod
    def truncation_differs(answers):
        return len({"TC" in a.flags for a in answers.values() if not isinstance(a, str)}) > 1

    def judge(self, question, answers, transport):
        ours = answers["ensign"]
        pairs = {name: accepted.explain_away(name, question, ours, theirs, self.used)
                 for name, theirs in answers.items() if name != "ensign"}
        differing = [name for name, (a, b) in pairs.items()
                     if isinstance(a, str) or isinstance(b, str) or a.differences(b)]
        supported = len(differing) < len(pairs)
        for name in differing:
            if not (supported and accepted.is_supported(name, question, *pairs[name], self.used)):
                self.unexplained.append((name, transport, question, compare.explain(*pairs[name])))

    def report(self):
        lines = [f"{self.asked} questions, {len(self.unexplained)} unexplained differences"]
        for peer, transport, question, text in self.unexplained[:40]:
            lines.append(f"{peer} {transport}: {question}\n{text}")
        return "\n".join(lines)


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    return zones.make(tmp_path_factory.mktemp("zones"))


USED = {}   # rules met, over all runs
ASKED = []  # questions asked by each run


def run_with(directory, served):
    servers = start_all(directory, served)
    run = Run(servers, USED)
    try:
        yield run
    finally:
        stop_all(servers)
        ASKED.append(run.asked)


@pytest.fixture(scope="module")
def test_run(served, tmp_path_factory):
    yield from run_with(tmp_path_factory.mktemp("servers"), served)


def check(run, asked):
    before = len(run.unexplained)
    run.ask(asked)
    assert len(run.unexplained) == before, run.report()


@pytest.mark.parametrize("name", zones.NAMES)
def test_zone(name, served, test_run):
    zone = next(z for z in served if z.name == name)
    check(test_run, questions.for_zone(zone, SEED))


def test_outside(test_run):
    check(test_run, questions.outside())


@pytest.mark.parametrize("make_root", [zones.root_as_published, zones.root_signed_again])
def test_root_zone(make_root, tmp_path):
    zone = make_root(tmp_path)
    for run in run_with(tmp_path / "servers", [zone]):
        check(run, questions.for_zone(zone, SEED, ROOT_SAMPLE))


def test_enough_was_asked_and_no_rule_is_stale(request, test_run):
    """Runs last: tens of thousands of questions, and each accepted difference was really met."""
    asked = test_run.asked + sum(ASKED)
    print(f"{asked} questions; accepted differences: {USED}")
    if len(request.session.items) <= len(zones.NAMES):
        pytest.skip("only part of the run was selected")
    assert asked >= 50000
    stale = [name for name, *_ in accepted.RULES + accepted.SUPPORTED if name not in USED]
    assert not stale, f"rules of accepted.py that explained nothing: {stale}"
