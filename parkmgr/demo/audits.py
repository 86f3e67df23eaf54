"""What the demo park's auditor asks, and what she is answered: requests, exceptions and samples of 2026."""

from __future__ import annotations

from datetime import date

from parkmgr.demo.days import COUNTED_ON, TOLD_UNTIL
from parkmgr.demo.deeds import AnswerPoint, ClosePoint, Dated, DrawSample, RaisePoint

_SEED = "HIT 2026-06-30"

DEEDS: tuple[Dated, ...] = (
    (date(2026, 7, 6), DrawSample("HIT", "leases", "monetary", 25, COUNTED_ON, _SEED)),
    (date(2026, 7, 6), DrawSample("HIT", "units", "stratified", 40, COUNTED_ON, _SEED)),
    (
        date(2026, 7, 7),
        RaisePoint(
            "signed leases",
            "HIT",
            "request",
            "Signed copies of the leases drawn",
            "Please give the signed copies of the 25 leases of the sample, with all amendments, and the receipts of their deposits.",
            date(2026, 7, 31),
            about="SMP-2026-0001",
        ),
    ),
    (
        date(2026, 7, 16),
        AnswerPoint("signed leases", "All 25 are in the reading room, in the order of the sample. Two amendments are with the notary."),
    ),
    (date(2026, 7, 20), AnswerPoint("signed leases", "Thank you. The two amendments are still missing.", by_auditor=True)),
    (date(2026, 7, 24), AnswerPoint("signed leases", "They are there now.")),
    (date(2026, 7, 28), ClosePoint("signed leases", "Seen and compared: parties, days and rents of all 25 agree.")),
    (
        date(2026, 7, 8),
        RaisePoint(
            "held over",
            "HIT",
            "exception",
            "Leases held over for more than three months",
            "The rent roll names leases whose term is over and whose tenants stay. Please decide each: a renewal, or a last day.",
            date(2026, 9, 30),
            about="rent roll",
        ),
    ),
    (date(2026, 9, 14), AnswerPoint("held over", "Renewals are drafted for two of them; the other tenants are asked by letter.")),
    (
        date(2026, 10, 12),
        RaisePoint(
            "not measured",
            "HIT",
            "exception",
            "Units let without a measured area",
            "Some units are let and not measured, so that their rent by the square metre cannot be checked. Please have them measured.",
            date(2026, 12, 18),
            about="occupancy",
        ),
    ),
    (
        date(2026, 11, 9),
        RaisePoint(
            "spring agreements",
            "RCIP",
            "request",
            "Minutes of the steering committee",
            "Please give the minutes in which the agreements of this spring were approved.",
            date(2026, 12, 4),
        ),
    ),
    (TOLD_UNTIL, DrawSample("RCIP", "leases", "simple", 10, date(2026, 10, 31), "RCIP 2026-10-31")),
)
