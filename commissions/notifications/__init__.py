"""What is told about money; each module declares the kinds of one part of it."""
