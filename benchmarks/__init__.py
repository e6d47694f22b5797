"""Measurements against other libraries; never imported by skem."""
