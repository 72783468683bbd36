"""The notation: sorts, formulas, transition systems, how segments travel, and the semantics. Nothing here knows TCP."""
