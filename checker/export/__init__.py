"""Writing a transition system in the languages of other model checkers: Promela for SPIN, TLA+ for TLC. See EXPORTS.md."""
