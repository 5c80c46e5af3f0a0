"""Measuring a desk on the machine it runs on, beside raw probes of the same minute."""
