"""The control calls under `/_sandbox/` (section 12): the hand of the tester."""
