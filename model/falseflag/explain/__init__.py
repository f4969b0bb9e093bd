"""What the answer rests on, what would overturn it, what to find out next: all from the exact engine, without PyMC."""
