"""An app that only tests install: work whose effects can be counted."""
