"""System checks of the project itself."""
