"""Pages that are more than one view, each part in a module of its own."""
