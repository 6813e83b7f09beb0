# SPDX-License-Identifier: GPL-3.0-or-later
"""What bench/run is made of: zone and question generators, servers to run, figures to show."""
