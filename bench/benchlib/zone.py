# SPDX-License-Identifier: GPL-3.0-or-later
"""A generated top-level domain: the same for the same size and seed, on every machine.

A third of the delegations have a DS record; a fifth have name servers of their own, with glue; the
others share the name-server sets of hosters, few of which have most of the names.
"""
import itertools
import random

APEX = "bench."
SEED = 1
HOSTER_CNT = 5000

# Parts of second-level names; two or three of them give the lengths registries see (mean 12 octets).
_WORDS = """shop online web data my the hotel home car auto art bank blue green red best book city
cloud club code cook craft day deal design digital dog eco edu event expert farm fashion film fit
food free fun game garden gift global go gold good group hair health help house info inter job kids
king lab land law life light line link live local love mail market media med mind mobile music
natur net new news night north one open park party pet photo plan play point power print pro pure
radio real rent road sales school sea sky smart social soft solar south space sport star store
studio sun super swiss tax team tech time tools top tour town toy travel trend trust tv urban video
villa vin vital water wave wind wine wood work world yoga zen zone al an ba be bo ca co da de di do
el en fa fi ga he in is ka ko la le li lo ma me mi mo na ne ni no or pa pe pi po ra re ri ro sa se
si so ta te ti to tu ul un va ve vi wa we wi xa ya zu""".split()
_OTHER_TLDS = ["com.", "com.", "com.", "net.", "net.", "org.", "de.", "eu.", "uk.", "info."]


class Zone:
    """label[i], and for it: ds[i] (key tag, digest) or None, hoster[i] or None for own servers."""

    def __init__(self, size, seed=SEED):
        rng = random.Random(f"{size} {seed}")
        self.size = size
        self.seed = seed
        self.label = sorted(_labels(rng, size))
        self.existing = set(self.label)
        self.hosters = _hosters(rng)
        weights = list(itertools.accumulate(1 / (rank + 1) for rank in range(HOSTER_CNT)))
        hosted = rng.choices(range(HOSTER_CNT), cum_weights=weights, k=size)
        self.hoster = [None if rng.random() < 0.2 else h for h in hosted]
        self.ds = [_ds(rng) if rng.random() < 1 / 3 else None for _ in range(size)]
        self.secure = [i for i in range(size) if self.ds[i]]

    def ns(self, i):
        """Names of the servers of delegation i."""
        if self.hoster[i] is not None:
            return self.hosters[self.hoster[i]]
        return [f"ns{k}.{self.label[i]}.{APEX}" for k in (1, 2)]

    def glue(self, i):
        """(owner, type, address) for the servers of delegation i that need it."""
        if self.hoster[i] is not None:
            return []
        rows = []
        for k, name in enumerate(self.ns(i), 1):
            rows.append((name, "A", f"198.{18 + k % 2}.{i >> 8 & 255}.{i & 255}"))
            if i % 2:
                rows.append((name, "AAAA", f"2001:db8:{i >> 16:x}:{i & 65535:x}::{k}"))
        return rows

    def write(self, path):
        """Writes the zone as text."""
        with open(path, "w", encoding="ascii", buffering=1 << 20) as out:
            out.write(f"$ORIGIN {APEX}\n$TTL 86400\n"
                      "@ 900 SOA a.nic hostmaster.nic 1 1800 900 604800 900\n"
                      "@ NS a.nic\n NS b.nic\n"
                      "a.nic A 192.0.2.1\n AAAA 2001:db8::1\n"
                      "b.nic A 192.0.2.2\n AAAA 2001:db8::2\n")
            shared = ["".join(f" NS {name}\n" for name in names) for names in self.hosters]
            for i, label in enumerate(self.label):
                if self.hoster[i] is not None:
                    out.write(label + shared[self.hoster[i]])
                else:
                    out.write(f"{label} NS ns1.{label}\n NS ns2.{label}\n")
                if self.ds[i]:
                    out.write(" DS %d 13 2 %s\n" % self.ds[i])
                for owner, kind, address in self.glue(i):
                    out.write(f"{owner} {kind} {address}\n")


def _labels(rng, size):
    labels = {"nic": None}
    while len(labels) <= size:
        want = size + 1 - len(labels)
        first = rng.choices(_WORDS, k=want)
        second = rng.choices(_WORDS, k=want)
        third = rng.choices(_WORDS, k=want)
        shape = rng.choices(range(10), k=want)
        digits = rng.choices(range(1000), k=want)
        for a, b, c, s, d in zip(first, second, third, shape, digits):
            if s < 3:
                label = a + b + c
            elif s < 5:
                label = f"{a}-{b}{c}"
            elif s < 8:
                label = a + b + c + first[d % want]
            else:
                label = f"{a}{b}{d}"
            labels[label] = None
    del labels["nic"]
    return labels


def _hosters(rng):
    sets = []
    for i in range(HOSTER_CNT):
        name = f"{rng.choice(_WORDS)}{rng.choice(_WORDS)}{i}.{rng.choice(_OTHER_TLDS)}"
        cnt = rng.choice((2, 2, 2, 2, 2, 2, 2, 3, 4, 4))
        sets.append([f"ns{k}.{name}" for k in range(1, cnt + 1)])
    return sets


def _ds(rng):
    return rng.getrandbits(16), rng.randbytes(32).hex()
