"""Reports: what the ledger says on a day, on screen and on paper, and the register of the reports that were issued."""
