# SPDX-License-Identifier: GPL-3.0-or-later
"""A database made by pdnsutil 4.7.3, served by ensign and by pdns_server; answers compared as in test_live.py."""
import collections

import pytest

import accepted_sql
import live_zones
import peers
import questions
import sql_zones
import test_live
import zones
from live_zones import LiveZone
from test_diff import free_port

SEED = 20261126
PER_ZONE = 1500  # questions

SPECS = [  # name, denial, keys ("" of a zone that is signed beforehand is none), text of the zone or a seed
    ("plain.sql.test", "nsec", None, "features"),
    ("nsec.sql.test", "nsec", ("ksk ed25519",), "features"),
    ("nsec3.sql.test", "nsec3", ("ksk rsasha256 2048", "zsk rsasha256 1024"), "features"),
    ("optout.sql.test", "optout", ("ksk ed25519",), "features"),
    ("narrow.sql.test", "narrow", ("ksk ecdsa256",), "features"),
    ("nsec-r0.sql.test", "nsec", ("ksk ecdsa384",), 0),
    ("optout-r1.sql.test", "optout", ("ksk ecdsa256", "zsk ecdsa256"), 1),
    ("two-r2.sql.test", "nsec3-salt", ("ksk rsasha512 2048", "zsk rsasha512 1024", "ksk ed448"), 2),
    ("presigned-r3.sql.test", "nsec", (), 3),
    ("presigned3-r4.sql.test", "nsec3-salt", (), 4),
    ("presigned-optout-r5.sql.test", "optout", (), 5),
]


def features(name):
    """The zone with every feature but names of odd octets: a database orders their escapes as text, and pdns_server
    denies by that order."""
    return "".join(line for line in test_live.features(name).splitlines(True)
                   if "\\" not in (line.split() or [""])[0])


def make(directory):
    made = []
    for name, denial, keys, text in SPECS:
        plain = directory / f"{name}.zone"
        plain.write_text(features(name) if text == "features" else zones.random_zone(name, text, 80))
        presigned = keys == ()
        file = zones.sign(directory, name, plain, denial) if presigned else plain
        made.append(LiveZone(name, file, presigned, denial, keys or ()))
    return made


def names(presigned, denials=live_zones.DENIAL):
    return [name for name, denial, keys, _ in SPECS if (keys == ()) == presigned and denial in denials]


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    return make(tmp_path_factory.mktemp("sql"))


@pytest.fixture(scope="module", params=[sql_zones.Sqlite], ids=lambda kind: kind.backend)
def database(request, served, tmp_path_factory):
    directory = tmp_path_factory.mktemp("database")
    made = request.param(directory)
    made.start()
    pdnsutil = sql_zones.Pdnsutil(directory, made)
    for zone in served:
        sql_zones.load(pdnsutil, zone)
    yield made
    made.stop()


@pytest.fixture(scope="module")
def directory(tmp_path_factory):
    return tmp_path_factory.mktemp("servers")


@pytest.fixture(scope="module")
def ensign(directory, served, database):
    yield from peers.running(sql_zones.Ensign(directory / sql_zones.Ensign.name, served, free_port(), database))


@pytest.fixture(scope="module")
def pdns(directory, served, database):
    yield from peers.running(sql_zones.Pdns(directory / sql_zones.Pdns.name, served, free_port(), database))


@pytest.fixture(scope="module")
def files(directory, served):
    """The pre-signed zones as they left the signer, from their files."""
    presigned = [zone for zone in served if zone.signed]
    keys = live_zones.make_database(directory, presigned)
    eager = live_zones.EagerEnsign
    yield from peers.running(eager(directory / eager.name, presigned, free_port(), keys))


USED = collections.Counter()


def compare(name, served, rules, *servers):
    zone = next(z for z in served if z.name == name)
    run = test_live.Comparison(*servers, rules, USED)
    run.ask(zone, questions.for_zone(zone, SEED, most=PER_ZONE))
    assert not run.unexplained, run.report()


@pytest.mark.parametrize("name", names(presigned=False))
def test_same_as_pdns(name, served, ensign, pdns):
    compare(name, served, accepted_sql.explain_away, ensign, pdns)


@pytest.mark.parametrize("name", names(presigned=True))
def test_chain_of_presigned_is_what_was_signed(name, served, ensign, files):
    compare(name, served, lambda question, ours, theirs, used: (ours, theirs), ensign, files)


@pytest.mark.parametrize("name", names(presigned=True, denials={"nsec"}))
def test_presigned_same_as_pdns(name, served, ensign, pdns):
    compare(name, served, accepted_sql.explain_away, ensign, pdns)


def test_every_rule_was_needed():
    if len(USED) == 0:
        pytest.skip("no comparison has run")
    assert {name for name, *_ in accepted_sql.RULES} <= {name for name, cnt in USED.items() if cnt}
