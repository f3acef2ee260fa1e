"""What-if: one network that trains whenever a knob moves."""
