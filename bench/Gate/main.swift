PseudonymSpeed.measure()
