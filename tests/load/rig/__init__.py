"""The parts of bench.py: processes, the measured systems, the measurements, the report."""
