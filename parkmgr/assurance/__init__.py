"""The auditor's desk: what is asked of the park and answered, samples that can be drawn again, evidence, and what auditors opened."""
