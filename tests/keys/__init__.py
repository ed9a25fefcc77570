"""No dead setting: whatever can be set, typed or read out is turned, and something must come of it."""
