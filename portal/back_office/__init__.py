"""The back office as a whole: who gets in, and the views that belong to no model."""
