"""Studies that run or wait, and what becomes of them when something ends early."""
