"""Why a month earned what it earned, and what became of it, in words and rows."""
