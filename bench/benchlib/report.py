# SPDX-License-Identifier: GPL-3.0-or-later
"""Figures: a table on the terminal, an array of objects in JSON, a plot in SVG."""
import json
import os

from . import proc


_COLOURS = {"ensign": "#b2182b", "testpmd": "#bbbbbb", "pre-signed": "#f4a582", "openssl": "#888888", "other-zone": "#d6604d", "flood": "#999999", "knot": "#4393c3", "knot-xdp": "#2166ac",
            "nsd": "#5aae61", "named": "#9970ab", "pdns": "#e08214"}


class Report:
    """Rows of one benchmark: {"bench", "case", "server", "value", "unit", "ratio", "ratio_to"}."""

    def __init__(self, bench):
        self.bench = bench
        self.rows = []

    def add(self, case, server, value, unit, base=None, base_name=None):
        """A figure; base is the other server's for the ratio."""
        self.rows.append({
            "bench": self.bench, "case": case, "server": server,
            "value": round(value, 3) if value < 1000 else round(value), "unit": unit,
            "ratio": round(value / base, 3) if base else None,
            "ratio_to": base_name if base else None,
        })

    def table(self):
        """Text with a row per case and unit, a column per server."""
        lines = []
        for unit in _unique(row["unit"] for row in self.rows):
            rows = [row for row in self.rows if row["unit"] == unit]
            servers = _unique(row["server"] for row in rows)
            lines.append(f"{self.bench}, {unit}")
            lines.append(" " * 24 + "".join(f"{server:>14}" for server in servers) + "   ratio")
            for case in _unique(row["case"] for row in rows):
                lines.append(_table_line(case, servers, [r for r in rows if r["case"] == case]))
            lines.append("")
        return "\n".join(lines)

    def write_json(self, path):
        with open(path, "w", encoding="utf-8") as out:
            out.write("[\n" + ",\n".join(json.dumps(row) for row in self.rows) + "\n]\n")

    def write_svg(self, path):
        """Bars by case and server, one picture above the other per unit; by gnuplot."""
        units = _unique(row["unit"] for row in self.rows)
        script = [f'set terminal svg size 1100,{360 * len(units)} dynamic font "sans,12"',
                  f'set output "{path}"', f"set multiplot layout {len(units)},1",
                  "set style data histograms", "set style histogram clustered gap 1",
                  "set style fill solid 0.8 border -1", "set boxwidth 0.9", "set yrange [0:*]",
                  "set grid ytics", "set xtics rotate by -20", "set key outside right",
                  'set datafile missing "-"', 'set format y "%.1s%c"']
        for unit in units:
            script += self._plot(unit)
        script.append("unset multiplot")
        source = os.path.splitext(path)[0] + ".gnuplot"
        with open(source, "w", encoding="utf-8") as out:
            out.write("\n".join(script) + "\n")
        try:
            proc.run("gnuplot", source)
        finally:
            os.unlink(source)

    def _plot(self, unit):
        rows = [row for row in self.rows if row["unit"] == unit]
        servers = _unique(row["server"] for row in rows)
        value = {(row["case"], row["server"]): row["value"] for row in rows}
        names = _unique(row["case"] for row in rows)
        data = ["$data << EOD"]
        for case in names:
            data.append(" ".join([case] + [str(value.get((case, s), "-")) for s in servers]))
        data.append("EOD")
        columns = ", ".join(f'$data using {i + 2}:xtic(1) title "{server}" noenhanced '
                            f'linecolor rgb "{_COLOURS[server]}"'
                            for i, server in enumerate(servers))
        return data + [f'set title "{self.bench}, {unit}" noenhanced',
                       f"set xrange [-0.6:{len(names) - 0.4}]", "plot " + columns]


def _table_line(case, servers, rows):
    value = {row["server"]: row["value"] for row in rows}
    cells = "".join(f"{_number(value.get(server)):>14}" for server in servers)
    ratios = [f"{row['server']}/{row['ratio_to']} {row['ratio']}" for row in rows if row["ratio"]]
    return f"{case:<24}{cells}   {', '.join(ratios)}"


def _number(value):
    if value is None:
        return "-"
    return f"{value:,.0f}" if value >= 100 else f"{value:.2f}"


def _unique(items):
    return list(dict.fromkeys(items))
