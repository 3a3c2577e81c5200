"""Whoever moves the real money, each behind the port of `base`."""
