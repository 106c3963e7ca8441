//! What must hold of the fair bound: it is calibrated, no worse than anything that sees the same, and below the oracle.
